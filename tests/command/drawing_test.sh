#!/usr/bin/env bash
# What hinge plot draws, in a viewer that is no browser: librsvg shows every curve in its colour. Skipped where there is no
# rsvg-convert (Debian: librsvg2-bin); CTest takes 77 for that.
#
#   drawing_test.sh HINGE CONFIGS SCRATCH …
set -euo pipefail
hinge=$1
configs=$2
rm -rf "$3"
mkdir -p "$3"
cd "$3"

if ! command -v rsvg-convert >/dev/null || ! command -v python3 >/dev/null; then
  echo "skipped: rsvg-convert or python3 is not here"
  exit 77
fi

# has NAME COLOUR…: NAME.svg has at least 20 pixels of each colour, and white corners.
has() {
  rsvg-convert "$1.svg" -o "$1.png"
  python3 - "$@" <<'PYTHON'
import collections, struct, sys, zlib
png = open(sys.argv[1] + ".png", "rb").read()
width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
assert (depth, kind) in ((8, 6), (8, 2)), "8 bits, RGB with or without alpha"
size = 4 if kind == 6 else 3
data, at = b"", 8
while at < len(png):
    length = struct.unpack(">I", png[at:at + 4])[0]
    if png[at + 4:at + 8] == b"IDAT": data += png[at + 8:at + 8 + length]
    at += 12 + length
data = zlib.decompress(data)
def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
rows, above = [], bytes(width * size)
for y in range(height):
    start = y * (width * size + 1)
    how, row = data[start], bytearray(data[start + 1:start + 1 + width * size])
    for i in range(len(row)):
        a, b, c = (row[i - size] if i >= size else 0), above[i], (above[i - size] if i >= size else 0)
        row[i] = (row[i] + (0, a, b, (a + b) // 2, paeth(a, b, c))[how]) & 255
    rows.append(row)
    above = row
pixels = collections.Counter("#" + row[x:x + 3].hex() for row in rows for x in range(0, len(row), size))
for colour in sys.argv[2:]:
    assert pixels[colour] >= 20, f"{sys.argv[1]}: {pixels[colour]} pixels of {colour}"
for row in (rows[0], rows[-1]):
    assert row[:3] == row[-size:][:3] == b"\xff\xff\xff", "the ground is white"
PYTHON
}

curves=('#0054ad' '#a65900' '#007b56' '#98548c' '#612a00' '#2b2530')
"$hinge" plot relu leaky_relu:alpha=0.2 elu silu tanh sigmoid --derivative --out functions.svg >out
has functions "${curves[@]}"
"$hinge" train "$configs/dying_relu.json" --set train.epochs=3 --set data.validation='{"every": 5}' --out run --quiet >out 2>&1
"$hinge" plot run --out loss.svg >out
has loss "${curves[@]:0:2}"
"$hinge" plot run --show units --out units.svg >out
has units '#dbe7f0' '#5b1a3a'
