"""The C API through ctypes: prints the predictions for the rows of stdin.

    client.py LIBRARY MODEL
"""
import ctypes
import sys

hinge = ctypes.CDLL(sys.argv[1])
hinge.hinge_load_bytes.restype = ctypes.c_void_p
hinge.hinge_load_bytes.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
hinge.hinge_error.restype = ctypes.c_char_p
for function in (hinge.hinge_inputs, hinge.hinge_outputs):
    function.restype = ctypes.c_size_t
    function.argtypes = [ctypes.c_void_p]
hinge.hinge_class_name.restype = ctypes.c_char_p
hinge.hinge_class_name.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
floats, sizes = ctypes.POINTER(ctypes.c_float), ctypes.POINTER(ctypes.c_size_t)
hinge.hinge_predict.argtypes = [ctypes.c_void_p, floats, ctypes.c_size_t, floats]
hinge.hinge_classify.argtypes = [ctypes.c_void_p, floats, ctypes.c_size_t, sizes]
hinge.hinge_free.argtypes = [ctypes.c_void_p]

with open(sys.argv[2], "rb") as file:
    data = file.read()
assert hinge.hinge_load_bytes(data[:100], 100) is None and b"damaged" in hinge.hinge_error(), hinge.hinge_error()
model = hinge.hinge_load_bytes(data, len(data))
rows = [[float(word) for word in line.split()] for line in sys.stdin]
width = hinge.hinge_outputs(model)
inputs = (ctypes.c_float * (len(rows) * hinge.hinge_inputs(model)))(*[number for row in rows for number in row])
outputs = (ctypes.c_float * (len(rows) * width))()
classes = (ctypes.c_size_t * len(rows))()
assert hinge.hinge_predict(model, inputs, len(rows), outputs) == 0
assert hinge.hinge_classify(model, inputs, len(rows), classes) == 0
for i, index in enumerate(classes):
    print(hinge.hinge_class_name(model, index).decode(), *[f"{number:.9g}" for number in outputs[i * width:(i + 1) * width]])
hinge.hinge_free(model)
