// Takes a picture of the top of a page, after clicks on some of its elements. WebP, as PNG takes twice the space.
//
//   node page_picture.mjs FOLDER_OF_NODE_MODULES CHROMIUM PAGE PICTURE WIDTH HEIGHT SCALE [SELECTOR…]
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, chromium, path, picture, width, height, scale, ...selectors] = process.argv.slice(2);
const playwright = createRequire(`${folder}/package.json`)("playwright-core");
const browser = await playwright.chromium.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu", "--disable-lcd-text"] });
const size = { width: Number(width), height: Number(height) };
const page = await browser.newPage({ viewport: size, colorScheme: "light" });
await page.goto(pathToFileURL(path).href);
for (const selector of selectors) await page.click(selector);
const session = await page.context().newCDPSession(page);
const { data } = await session.send("Page.captureScreenshot", {
  format: "webp",
  quality: 75,
  clip: { x: 0, y: 0, ...size, scale: Number(scale) },
});
writeFileSync(picture, Buffer.from(data, "base64"));
await browser.close();
