// Rounding to an integer goes over the bits of a number: what a compiler may reorder cannot take that apart.
#include "export/c_functions.h"

#include <vector>

namespace hinge_command {

namespace {

struct Function {
  std::string_view name;
  std::vector<std::string_view> calls;
  std::string_view text;
};

const std::vector<Function> functions = {
    {"bits", {}, R"(
static inline uint32_t $bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof(bits));
  return bits;
}
)"},
    {"real", {}, R"(
static inline float $real(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof(x));
  return x;
}
)"},
    {"is_nan", {"bits"}, R"(
static inline int $is_nan(float x) { return ($bits(x) & 0x7fffffffu) > 0x7f800000u; }
)"},
    {"absolute", {"bits", "real"}, R"(
static inline float $absolute(float x) { return $real($bits(x) & 0x7fffffffu); }
)"},
    {"copy_sign", {"bits", "real"}, R"(
static inline float $copy_sign(float x, float y) { return $real(($bits(x) & 0x7fffffffu) | ($bits(y) & 0x80000000u)); }
)"},
    {"round", {"bits"}, R"(
/* To the nearest integer, |x| < 2^22: adding 1.5 * 2^23 leaves it in the low bits. */
static inline float $round(float x) { return (float)(int32_t)($bits(x + 12582912.0f) - 0x4b400000u); }
)"},
    {"power_of_two", {"real"}, R"(
static inline float $power_of_two(float k) { return $real((uint32_t)((int32_t)k + 127) << 23); }
)"},
    {"expm1_series", {}, R"(
/* e^r - 1 */
static inline float $expm1_series(float r) {
  static const float terms[6] = {(float)(1.0 / 2),   (float)(1.0 / 6),   (float)(1.0 / 24),
                                 (float)(1.0 / 120), (float)(1.0 / 720), (float)(1.0 / 5040)};
  float tail = 0.0f;
  int n;
  for (n = 5; n >= 0; --n) tail = tail * r + terms[n];
  return r + r * r * tail;
}
)"},
    {"rest", {}, R"(
/* x - k ln 2 */
static inline float $rest(float x, float k) { return (x - k * 0.693359375f) - k * -2.12194440e-4f; }
)"},
    {"expand", {"expm1_series", "power_of_two", "round"}, R"(
/* 2^k e^r */
static inline float $expand(float k, float r) {
  const float half = $round(k * 0.5f);
  return (1.0f + $expm1_series(r)) * $power_of_two(half) * $power_of_two(k - half);
}
)"},
    {"exp", {"expand", "rest", "round"}, R"(
static inline float $exp(float x) {
  float k;
  x = x > 89.0f ? 89.0f : x;
  x = x < -105.0f ? -105.0f : x;
  k = $round(x * 1.44269504f);
  return $expand(k, $rest(x, k));
}
)"},
    {"expm1_nonpositive", {"expm1_series", "power_of_two", "rest", "round"}, R"(
/* e^x - 1, x <= 0 */
static inline float $expm1_nonpositive(float x) {
  float k, scale;
  x = x < -20.0f ? -20.0f : x;
  k = $round(x * 1.44269504f);
  scale = $power_of_two(k);
  return scale * $expm1_series($rest(x, k)) + (scale - 1.0f);
}
)"},
    {"sigmoid", {"absolute", "exp"}, R"(
static inline float $sigmoid(float x) {
  const float u = $exp(-$absolute(x));
  return (x < 0.0f ? u : 1.0f) / (1.0f + u);
}
)"},
    {"softplus", {"absolute", "exp"}, R"(
/* log(1 + e^x) = max(x, 0) + log(1 + u), u = e^-|x| */
static inline float $softplus(float x) {
  const float u = $exp(-$absolute(x));
  const float s = u / (2.0f + u);
  const float s2 = s * s;
  float tail = 0.0f;
  int n;
  for (n = 7; n >= 1; --n) tail = tail * s2 + (float)(1.0 / (2 * n + 1));
  return (x < 0.0f ? 0.0f : x) + (u - s * (u - 2.0f * s2 * tail));
}
)"},
    {"tanh", {"absolute", "copy_sign", "expm1_nonpositive"}, R"(
static inline float $tanh(float x) {
  const float e = $expm1_nonpositive(-2.0f * $absolute(x));
  return $copy_sign(-e / (2.0f + e), x);
}
)"},
    {"elu", {"expm1_nonpositive"}, R"(
static inline float $elu(float z, float alpha) { return z > 0.0f ? z : alpha * $expm1_nonpositive(z > 0.0f ? 0.0f : z); }
)"},
    {"selu", {"expm1_nonpositive"}, R"(
static inline float $selu(float z) {
  return z > 0.0f ? (float)1.0507009873554804934 * z
                  : (float)(1.0507009873554804934 * 1.6732632423543772848) * $expm1_nonpositive(z > 0.0f ? 0.0f : z);
}
)"},
    {"relu", {}, R"(
static inline float $relu(float z) { return z <= 0.0f ? 0.0f : z; }
)"},
    {"leaky_relu", {}, R"(
static inline float $leaky_relu(float z, float alpha) { return z <= 0.0f ? alpha * z : z; }
)"},
    {"hard_sigmoid", {}, R"(
static inline float $hard_sigmoid(float z) { return z <= -3.0f ? 0.0f : z >= 3.0f ? 1.0f : (z + 3.0f) / 6.0f; }
)"},
    {"hard_swish", {}, R"(
static inline float $hard_swish(float z) { return z <= -3.0f ? 0.0f : z >= 3.0f ? z : z * ((z + 3.0f) / 6.0f); }
)"},
    {"hard_tanh", {}, R"(
static inline float $hard_tanh(float z) { return z <= -1.0f ? -1.0f : z >= 1.0f ? 1.0f : z; }
)"},
    {"softsign", {"absolute", "copy_sign"}, R"(
static inline float $softsign(float z) {
  const float size = $absolute(z);
  const float bounded = size > 1e30f ? 1e30f : size;
  return $copy_sign(bounded / (1.0f + bounded), z);
}
)"},
    {"silu", {"sigmoid"}, R"(
static inline float $silu(float z) { return (z < -105.0f ? -105.0f : z) * $sigmoid(z); }
)"},
    {"mish", {"absolute", "exp"}, R"(
static inline float $mish(float z) {
  const float v = $exp(-$absolute(z));
  const float rise = z < 0.0f ? v * (v + 2.0f) : 1.0f + 2.0f * v;
  return (z < -105.0f ? -105.0f : z) * (rise / (rise + 2.0f * (z < 0.0f ? 1.0f : v * v)));
}
)"},
    {"gelu", {"absolute", "bits", "expand", "real", "rest", "round"}, R"(
/* e^(-u^2/2), with u^2 split into an exact part and a rest */
static inline float $bell(float u) {
  float high, exact, k;
  u = u > 15.0f ? 15.0f : u;
  high = $real($bits(u) & 0xfffff000u);
  exact = -0.5f * (high * high);
  exact = exact < -105.0f ? -105.0f : exact;
  k = $round(exact * 1.44269504f);
  return $expand(k, $rest(exact, k) - 0.5f * ((u - high) * (u + high)));
}
/* The tail of the normal distribution above u >= 0, over e^(-u^2/2) */
static inline float $tail(float u) {
  static const float terms[12] = {4.720532027e-1f,  -9.670347043e-2f, 1.399991367e-2f, 2.860016814e-2f,
                                  -3.220116289e-2f, 1.793769594e-2f,  -4.98771425e-3f, -2.912674952e-4f,
                                  6.649886921e-4f,  -8.455401787e-5f, -5.809123526e-5f, 1.25685467e-5f};
  float t, sum = 0.0f;
  int n;
  u = u > 15.0f ? 15.0f : u;
  t = (u - 4.0f) / (u + 4.0f);
  for (n = 11; n >= 0; --n) sum = sum * t + terms[n];
  return sum / (1.0f + u);
}
static inline float $gelu(float z) {
  const float u = $absolute(z);
  const float bell = $bell(u);
  const float tail = $tail(u);
  return z < 0.0f ? -((u > 15.0f ? 15.0f : u) * tail) * bell : z * (1.0f - tail * bell);
}
)"},
    {"gelu_tanh", {"sigmoid"}, R"(
static inline float $gelu_tanh(float z) {
  float b = z > 25.0f ? 25.0f : z;
  b = b < -25.0f ? -25.0f : b;
  return (z > b ? z : b) * $sigmoid((float)1.59576912160573071176 * (b + (float)0.044715 * b * b * b));
}
)"},
    {"softmax", {"exp"}, R"(
static inline void $softmax(float *y, int size) {
  float largest = y[0], sum = 0.0f;
  int k;
  for (k = 1; k < size; ++k) largest = y[k] > largest ? y[k] : largest;
  for (k = 0; k < size; ++k) {
    y[k] = $exp(y[k] - largest);
    sum += y[k];
  }
  for (k = 0; k < size; ++k) y[k] /= sum;
}
)"},
    {"dense", {}, R"(
/* y = W x, the weights of an input side by side */
static inline void $dense(const float *weight, const float *x, int inputs, float *y, int outputs) {
  int i, u;
  for (u = 0; u < outputs; ++u) y[u] = 0.0f;
  for (i = 0; i < inputs; ++i) {
    for (u = 0; u < outputs; ++u) y[u] += x[i] * weight[i * outputs + u];
  }
}
)"},
    {"batch_norm", {}, R"(
static inline void $batch_norm(const float *mean, const float *inverse, const float *gamma, const float *beta, float *x, int size) {
  int u;
  for (u = 0; u < size; ++u) x[u] = gamma[u] * ((x[u] - mean[u]) * inverse[u]) + beta[u];
}
)"},
    {"layer_norm", {}, R"(
static inline void $layer_norm(const float *gamma, const float *beta, double epsilon, float *x, int size) {
  const float first = x[0];
  const double share = 1.0 / size;
  double sum = 0.0, squares = 0.0, offset, variance;
  float inverse;
  int u;
  for (u = 1; u < size; ++u) {
    const double d = (double)x[u] - (double)first;
    sum += d;
    squares += d * d;
  }
  offset = sum * share;
  variance = squares * share - offset * offset;
  variance = variance < 0.0 ? 0.0 : variance;
  inverse = (float)(1.0 / sqrt(variance + epsilon));
  for (u = 0; u < size; ++u) x[u] = gamma[u] * (((x[u] - first) - (float)offset) * inverse) + beta[u];
}
)"},
    {"real64", {}, R"(
static inline uint64_t $bits64(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof(bits));
  return bits;
}
static inline double $real64(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof(x));
  return x;
}
)"},
    {"log64", {"real64"}, R"(
static inline double $log64(double x) {
  const int denormal = x < 2.2250738585072014e-308;
  const uint64_t bits = $bits64(denormal ? x * 4503599627370496.0 : x);
  const double mantissa = $real64((bits & 0xfffffffffffffu) | 0x3ff0000000000000u);
  const int is_large = mantissa > 1.41421356;
  const double f = (is_large ? mantissa * 0.5 : mantissa) - 1.0;
  const double k = (double)(int32_t)(bits >> 52) - 1023.0 - (denormal ? 52.0 : 0.0) + (is_large ? 1.0 : 0.0);
  const double s = f / (2.0 + f);
  const double s2 = s * s;
  double tail = 0.0;
  int n;
  for (n = 11; n >= 1; --n) tail = tail * s2 + 1.0 / (2 * n + 1);
  if (!(x > 0.0)) return $real64(x == 0.0 ? 0xfff0000000000000u : 0x7ff8000000000000u); /* -infinity, NaN */
  return k * 6.93147180369123816490e-01 + ((f - s * (f - 2.0 * s2 * tail)) + k * 1.90821492927058770002e-10);
}
)"},
    {"exp64", {"real64"}, R"(
static inline double $round64(double x) {
  return (double)(int64_t)($bits64(x + 6755399441055744.0) - 0x4338000000000000u);
}
static inline double $power_of_two64(double k) { return $real64((uint64_t)((int64_t)k + 1023) << 52); }
static inline double $exp64(double x) {
  double k, half, r, tail = 0.0, factorial = 1.0, terms[12];
  int n;
  x = x > 710.0 ? 710.0 : x;
  x = x < -746.0 ? -746.0 : x;
  k = $round64(x * 1.4426950408889634074);
  half = $round64(k * 0.5);
  r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
  for (n = 0; n < 12; ++n) terms[n] = 1.0 / (factorial *= n + 2);
  for (n = 11; n >= 0; --n) tail = tail * r + terms[n];
  return (1.0 + (r + r * r * tail)) * $power_of_two64(half) * $power_of_two64(k - half);
}
)"},
};

void add(std::string_view name, std::set<std::string_view>& done, std::string& text) {
  if (!done.insert(name).second) return;
  for (const Function& function : functions) {
    if (function.name != name) continue;
    for (const std::string_view called : function.calls) add(called, done, text);
    text += function.text.substr(1);
  }
}

}  // namespace

std::string c_functions(const std::set<std::string_view>& names) {
  std::set<std::string_view> done;
  std::string text;
  for (const std::string_view name : names) add(name, done, text);
  return text;
}

}  // namespace hinge_command
