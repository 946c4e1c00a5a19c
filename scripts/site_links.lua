-- For scripts/site: links to pages become links to what they are turned into, and links to folders, which no page shows, become text.
-- The environment variable PAGE is the page's own path from the root of the repository.

local function is_local(target)
  return target ~= "" and not target:match("^%a[%w+.-]*:") and not target:match("^#")
end

local function is_folder(path)
  local file = io.open(path)
  local is = file ~= nil and file:read(0) == nil and file:seek("end") ~= 0
  if file then file:close() end
  return is
end

function Link(link)
  if not is_local(link.target) then return link end
  local path, place = link.target:match("^([^#]*)(.*)$")
  local folder = os.getenv("PAGE"):match("^(.*/)") or ""
  if is_folder(folder .. path) then return link.content end
  path = path:gsub("README%.md$", "index.html"):gsub("%.md$", ".html")
  link.target = path .. place
  return link
end
