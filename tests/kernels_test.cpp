// The fast kernels, each instruction set that this processor has, held to the plain loops of kernels/reference/.
#include <cstring>
#include <limits>
#include <memory>

#include "framework/kernels/kernels.h"
#include "framework/support/threads.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using normlab::test::same_bits;

namespace {

using Numbers = std::vector<Scalar>;

// A few ulp of the largest number, times the length of a sum's error growth.
constexpr double kTolerance = sizeof(Scalar) == 4 ? 1e-5 : 1e-13;
constexpr Scalar kNan = std::numeric_limits<Scalar>::quiet_NaN();

std::size_t size(Index count) {
    return static_cast<std::size_t>(count);
}

// Numbers between -1 and 1 from the generator of Numerical Recipes.
Numbers numbers(Index count, std::uint32_t seed) {
    Numbers values(size(count));
    std::uint32_t state = seed * 7919 + 1;
    for (Scalar& value : values) {
        state = state * 1664525u + 1013904223u;
        value = static_cast<Scalar>(state >> 8) / Scalar{1 << 23} - 1;
    }
    return values;
}

// max|a - b| / max|b|
template <class T>
double error(const std::vector<T>& a, const std::vector<T>& b) {
    double difference = 0, largest = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
        if (!(std::abs(a[i] - b[i]) <= difference)) difference = std::abs(a[i] - b[i]);
        if (std::isnan(a[i])) return INFINITY;
        largest = std::max(largest, static_cast<double>(std::abs(b[i])));
    }
    return largest > 0 ? difference / largest : difference;
}

struct Restore {  // the number of threads, at the end of a test
    int before = threads();
    ~Restore() { set_threads(before); }
};

// A convolution's window; `bottom` and `right` are the padding that P and Q imply.
struct Window {
    Index R, S;
    Pair stride = 1;
    Index top = 0, left = 0, bottom = 0, right = 0;
    Pair dilation = 1;
};
ConvShape conv(Index N, Index C, Index H, Index W, Index K, Window w, Index G = 1) {
    const Index P = (H + w.top + w.bottom - (w.R - 1) * w.dilation.h - 1) / w.stride.h + 1;
    const Index Q = (W + w.left + w.right - (w.S - 1) * w.dilation.w - 1) / w.stride.w + 1;
    return {N, C, H, W, K, w.R, w.S, P, Q, w.stride, w.top, w.left, w.dilation, G};
}

const Window kSame3 = {3, 3, 1, 1, 1, 1, 1};
const Window kHalf3 = {3, 3, 2, 1, 1, 1, 1};

std::vector<ConvShape> conv_shapes() {
    std::vector<ConvShape> shapes = {
        conv(2, 16, 32, 32, 16, kSame3),
        conv(2, 3, 32, 32, 16, kSame3),
        conv(3, 16, 9, 33, 20, kHalf3),
        conv(2, 40, 8, 8, 70, kSame3),
        conv(9, 64, 4, 4, 48, kSame3),
        conv(2, 33, 7, 7, 17, kSame3),
        conv(2, 100, 6, 5, 33, kHalf3),
        conv(1, 1, 28, 28, 6, {5, 5, 1, 2, 2, 2, 2}),
        conv(1, 1, 1, 1, 1, {1, 1}),
        conv(3, 1, 5, 4, 1, {3, 3}),
        conv(2, 5, 2, 3, 7, {5, 7, 1, 2, 3, 2, 3}),   // a kernel larger than the image
        conv(2, 9, 6, 7, 10, {2, 2, 1, 0, 0, 1, 1}),  // "same" with an even kernel: padded on one side
        conv(2, 9, 6, 7, 10, {4, 2, {2, 1}, 1, 0, 2, 1}),
        conv(1, 20, 11, 13, 40, {3, 3, 1, 2, 2, 2, 2, 2}),  // dilation
        conv(2, 8, 12, 31, 24, {3, 2, {1, 3}, 2, 1, 0, 2, {2, 3}}),
        conv(2, 12, 15, 9, 18, {2, 3, {3, 2}, 0, 2, 1, 0}),  // a stride larger than the kernel
        conv(2, 32, 16, 16, 64, {1, 1, 2}),
        conv(3, 24, 5, 5, 36, {1, 1}),
        conv(1, 300, 5, 5, 36, kHalf3),  // chunks of input channels, of which the last has shorter runs
        conv(1, 700, 5, 5, 20, kHalf3),
        conv(1, 120, 1, 37, 84, {1, 1}),  // a linear layer's batch of 37
        conv(1, 700, 1, 5, 10, {1, 1}),
        conv(2, 6, 40, 70, 8, kSame3),
        conv(2, 16, 1, 50, 16, {1, 3, 1, 0, 1, 0, 1}),
        conv(2, 16, 50, 1, 16, {3, 1, 1, 1, 0, 1, 0}),
        conv(2, 24, 6, 6, 40, kSame3, 2),  // groups
        conv(2, 48, 7, 9, 24, kSame3, 12),
        conv(1, 96, 5, 5, 96, kSame3, 6),
        conv(2, 40, 5, 31, 40, kSame3, 40),
        conv(2, 7, 5, 31, 7, kSame3, 7),
        conv(2, 15, 9, 8, 30, kHalf3, 5),
        conv(2, 36, 10, 12, 36, kSame3, 36),  // depthwise
        conv(3, 7, 9, 10, 7, {3, 2, 2, 1, 1, 1, 0, {1, 2}}, 7),
        conv(2, 6, 8, 8, 18, kSame3, 6),                 // depthwise, three outputs per channel
        conv(2, 20, 10, 13, 24, {5, 5, 1, 2, 2, 2, 2}),  // larger kernels, in parts of 3x3
        conv(1, 16, 16, 15, 33, {7, 4, 1, 3, 1, 3, 2}),
        conv(2, 33, 13, 18, 16, {3, 5, 1, 2, 6, 2, 6, {2, 3}}),  // and dilated, in phases
        conv(1, 72, 12, 12, 48, {5, 3, 1, 2, 1, 2, 1}, 3),
    };
    for (const Index stride : {1, 2, 3})
        for (const Index dilation : {1, 2})
            for (const Index pad : {0, 1, 2})
                for (const Index groups : {1, 2, 8})
                    shapes.push_back(
                        conv(2, 8, 9, 10, 16, {3, 2, {stride, 4 - stride}, pad, pad, pad, 0, dilation}, groups));
    return shapes;
}

std::string text(const ConvShape& s) {
    const auto show = [](auto... part) { return ((std::to_string(part) + " ") + ...); };
    return "N C H W " + show(s.N, s.C, s.H, s.W) + "K R S " + show(s.K, s.R, s.S) + "P Q " + show(s.P, s.Q) +
           "stride " + show(s.stride.h, s.stride.w) + "pad " + show(s.pad_top, s.pad_left) + "dilation " +
           show(s.dilation.h, s.dilation.w) + "G " + show(s.G);
}

struct ConvResults {
    Numbers y, prepared_y, dx, dw;
};
ConvResults convolve(const Kernels& kernels, const ConvShape& s, bool with_bias, bool finished = false) {
    const Numbers x = numbers(s.N * s.H * s.W * s.C, 1), w = numbers(s.K * s.R * s.S * (s.C / s.G), 2);
    const Numbers bias = numbers(s.K, 3), dy = numbers(s.N * s.P * s.Q * s.K, 4);
    const Numbers none(dy.size(), kNan);
    ConvResults results = {none, none, Numbers(x.size(), kNan), Numbers(w.size(), kNan)};
    const Scalar* const b = with_bias ? bias.data() : nullptr;
    const EpilogueView epilogue = {finished ? dy.data() : nullptr, finished};
    kernels.conv2d(s, x.data(), w.data(), b, epilogue, results.y.data());
    const Memory prepared = kernels.prepare_conv2d(s, w.data());
    kernels.conv2d_prepared(s, x.data(), prepared.as(), b, epilogue, results.prepared_y.data());
    kernels.conv2d_backward_input(s, dy.data(), w.data(), {finished ? x.data() : nullptr, finished}, results.dx.data());
    kernels.conv2d_backward_weight(s, x.data(), dy.data(), results.dw.data());
    return results;
}

struct Moments {
    explicit Moments(const NormShape& s) : mean(size(s.N * s.C), NAN), m2(mean) {}
    Moments(const Kernels& kernels, const NormShape& s, const Numbers& x) : Moments(s) {
        kernels.moments(s, x.data(), mean.data(), m2.data());
    }
    std::vector<double> mean, m2;
};

struct NormResults {
    Moments moments;
    Numbers y, sum_dy, sum_dy_x, dx, sums;
};
NormResults normalize(const Kernels& kernels, const NormShape& s, bool relu) {
    const Index all = s.N * s.pixels * s.C, count = s.rows() * s.C;
    const Numbers x = numbers(all, 1), dy = numbers(all, 2), center = numbers(count, 3), a = numbers(count, 4),
                  b = numbers(count, 5), c = numbers(count, 6);
    const Numbers channels(size(s.N * s.C), kNan), elements(size(all), kNan);
    NormResults r = {Moments(kernels, s, x), elements, channels, channels, elements, Numbers(size(s.C), kNan)};
    const ReluGate gate = relu ? ReluGate{a.data(), b.data()} : ReluGate{};
    kernels.normalize(s, x.data(), center.data(), a.data(), b.data(), {relu ? dy.data() : nullptr, relu}, r.y.data());
    kernels.normalize_sums(s, x.data(), dy.data(), center.data(), gate, r.sum_dy.data(), r.sum_dy_x.data());
    kernels.normalize_backward(s, x.data(), dy.data(), center.data(), gate, a.data(), b.data(), c.data(), r.dx.data());
    kernels.channel_sums(s.N * s.pixels, s.C, x.data(), r.sums.data());
    return r;
}

const std::vector<NormShape> kNormShapes = {
    {4, 64, 16, 1}, {3, 49, 20, 3}, {5, 1, 10, 5},    {2, 1000, 3, 1},  {1, 5000, 8, 1},
    {7, 16, 64, 2}, {1, 1, 1, 1},   {2, 3, 1, 2},     {3, 30, 129, 3},  {2, 4, 512, 1},
    {40, 9, 24, 8}, {2, 33, 7, 1},  {1, 9000, 33, 1}, {4, 1, 32768, 1}, {1, 8, 32768, 1},
};

const std::vector<PoolShape> kPoolShapes = {
    {.N = 2, .C = 16, .H = 8, .W = 8, .R = 2, .S = 2, .P = 4, .Q = 4, .stride = 2},
    {.N = 3, .C = 5, .H = 7, .W = 9, .R = 2, .S = 2, .P = 3, .Q = 4, .stride = 2},
    {.N = 2, .C = 20, .H = 9, .W = 9, .R = 3, .S = 3, .P = 5, .Q = 5, .stride = 2, .pad = 1},
    {.N = 1, .C = 33, .H = 6, .W = 5, .R = 3, .S = 2, .P = 6, .Q = 5, .stride = 1, .pad = 1},
    {.N = 2, .C = 64, .H = 4, .W = 4, .R = 4, .S = 4, .P = 1, .Q = 1, .stride = 4},
    {.N = 2, .C = 3, .H = 10, .W = 11, .R = 3, .S = 3, .P = 4, .Q = 4, .stride = 2, .pad = 1, .dilation = 2},
    {.N = 2, .C = 18, .H = 10, .W = 10, .R = 2, .S = 2, .P = 3, .Q = 3, .stride = 3},
    {.N = 2, .C = 8, .H = 5, .W = 5, .R = 2, .S = 2, .P = 3, .Q = 3, .stride = 2, .pad = 0},  // sticks out: ceil mode
};

}  // namespace

TEST_CASE("tables of kernels may go out of use in any order") {
    const Kernels* const before = &kernels();
    const Kernels mine = reference_kernels(), yours = mine;
    auto outer = std::make_unique<KernelsInUse>(mine), inner = std::make_unique<KernelsInUse>(yours);
    outer.reset();
    CHECK(&kernels() == &yours);
    inner.reset();
    CHECK(&kernels() == before);
}

TEST_CASE("convolution: every fast kernel computes what the reference computes") {
    bool with_bias = false;
    int number = 0;
    for (const ConvShape& shape : conv_shapes()) {
        INFO(text(shape));
        with_bias = !with_bias;
        const bool finished = ++number % 4 < 2;  // with a residual and a ReLU
        const ConvResults expected = convolve(reference_kernels(), shape, with_bias, finished);
        for (const Kernels* table : runnable_kernels()) {
            INFO(table->name);
            const ConvResults found = convolve(*table, shape, with_bias, finished);
            CHECK(error(found.y, expected.y) < kTolerance);
            CHECK(error(found.prepared_y, expected.y) < kTolerance);
            CHECK(error(found.dx, expected.dx) < kTolerance);
            CHECK(error(found.dw, expected.dw) < kTolerance);
        }
    }
}

TEST_CASE("convolution: the number of threads does not change a bit") {
    const Restore restore;
    for (const ConvShape& shape :
         {conv(7, 16, 12, 12, 40, kSame3), conv(1, 70, 9, 9, 33, kHalf3), conv(9, 80, 4, 4, 90, kSame3),
          conv(1, 200, 1, 150, 50, {1, 1}), conv(5, 20, 9, 9, 20, kSame3, 20), conv(3, 24, 8, 8, 36, kSame3, 3),
          conv(9, 32, 16, 16, 48, {5, 5, 1, 2, 2, 2, 2}, 2)})
        for (const Kernels* table : runnable_kernels()) {
            INFO(text(shape) << table->name);
            set_threads(1);
            const ConvResults expected = convolve(*table, shape, true);
            for (const int count : {2, 3, 8}) {
                set_threads(count);
                const ConvResults found = convolve(*table, shape, true);
                CHECK(same_bits(found.y, expected.y));
                CHECK(same_bits(found.prepared_y, expected.prepared_y));
                CHECK(same_bits(found.dx, expected.dx));
                CHECK(same_bits(found.dw, expected.dw));
            }
        }
}

TEST_CASE("normalization: every fast kernel computes what the reference computes, with any number of threads") {
    const Restore restore;
    bool relu = false;  // and a residual
    for (const NormShape& shape : kNormShapes) {
        relu = !relu;
        INFO("N " << shape.N << " pixels " << shape.pixels << " C " << shape.C << " images per row "
                  << shape.images_per_row);
        const NormResults expected = normalize(reference_kernels(), shape, relu);
        for (const Kernels* table : runnable_kernels()) {
            INFO(table->name);
            set_threads(1);
            const NormResults found = normalize(*table, shape, relu);
            CHECK(error(found.moments.mean, expected.moments.mean) < kTolerance);
            CHECK(error(found.moments.m2, expected.moments.m2) < kTolerance);
            CHECK(error(found.y, expected.y) < kTolerance);
            CHECK(error(found.sum_dy, expected.sum_dy) < kTolerance);
            CHECK(error(found.sum_dy_x, expected.sum_dy_x) < kTolerance);
            CHECK(error(found.dx, expected.dx) < kTolerance);
            CHECK(error(found.sums, expected.sums) < kTolerance);
            set_threads(3);
            const NormResults again = normalize(*table, shape, relu);
            CHECK(same_bits(again.moments.mean, found.moments.mean));
            CHECK(same_bits(again.moments.m2, found.moments.m2));
            CHECK(same_bits(again.sum_dy, found.sum_dy));
            CHECK(same_bits(again.sum_dy_x, found.sum_dy_x));
            CHECK(same_bits(again.sums, found.sums));
            CHECK(same_bits(again.dx, found.dx));
        }
    }
}

// With a mean of 1000 deviations, the formula E[x^2] - E[x]^2 in float would leave no digit of the variance; at a mean
// of 10,000, the numbers of a float are 1e-3 apart, and so would be the mean.
TEST_CASE("moments: a mean far larger than the deviation costs no accuracy") {
    const NormShape shape = {2, 3000, 24, 1};
    for (const auto& [far, deviation] : {std::pair{1000.0, 1.0}, {10'000.0, 0.01}}) {
        Numbers x = numbers(shape.N * shape.pixels * shape.C, 1);
        for (Scalar& value : x) value = static_cast<Scalar>(far + deviation * value);
        const Moments expected(reference_kernels(), shape, x);
        for (const Kernels* table : runnable_kernels()) {
            INFO(table->name << ", mean " << far);
            const Moments found(*table, shape, x);
            CHECK(error(found.mean, expected.mean) * far < kTolerance * deviation);
            CHECK(error(found.m2, expected.m2) < kTolerance);
        }
    }
}

TEST_CASE("moments: equal numbers are without deviation to the last bit") {
    for (const NormShape& shape : kNormShapes) {
        Numbers x(size(shape.N * shape.pixels * shape.C));
        const auto constant = [&](std::size_t i) { return Scalar(0.1) * static_cast<Scalar>(i % size(shape.C) + 1); };
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = constant(i);
        for (const Kernels* table : runnable_kernels()) {
            INFO(table->name << " N " << shape.N << " pixels " << shape.pixels << " C " << shape.C);
            const Moments found(*table, shape, x);
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < found.mean.size(); ++i)
                wrong += found.mean[i] != double{constant(i)} || found.m2[i] != 0;
            CHECK(wrong == 0);
        }
    }
}

TEST_CASE("moments: numbers have some even where their squares or sums are too large for them") {
    for (const NormShape& shape : kNormShapes)
        for (const double unit : {1e20, 3e38}) {
            Numbers x = numbers(shape.N * shape.pixels * shape.C, 1);
            for (Scalar& value : x) value *= static_cast<Scalar>(unit);
            const Moments expected(reference_kernels(), shape, x);
            for (const Kernels* table : runnable_kernels()) {
                INFO(table->name << " N " << shape.N << " pixels " << shape.pixels << " C " << shape.C);
                const Moments found(*table, shape, x);
                CHECK(error(found.mean, expected.mean) < kTolerance);
                CHECK(error(found.m2, expected.m2) < kTolerance);
            }
        }
}

TEST_CASE("moments: a channel with a number that is not finite has none, the others keep theirs") {
    const NormShape shape = {1, 5000, 8, 1};
    Numbers x = numbers(shape.N * shape.pixels * shape.C, 1);
    for (const Scalar bad : {kNan, std::numeric_limits<Scalar>::infinity()}) {
        x[8 * 1234 + 3] = bad;
        for (const Kernels* table : runnable_kernels()) {
            INFO(table->name);
            const Moments found(*table, shape, x);
            for (std::size_t c = 0; c < 8; ++c) CHECK(std::isfinite(found.m2[c]) == (c != 3));
        }
    }
}

TEST_CASE("pooling: every fast kernel computes what the reference computes") {
    for (const PoolShape& s : kPoolShapes)
        for (const Divisor divisor : {Divisor{}, Divisor{.count_padding = false}, Divisor{.fixed = 3}}) {
            INFO("C " << s.C << " H " << s.H << " R " << s.R << " P " << s.P);
            Numbers x = numbers(s.N * s.H * s.W * s.C, 1);
            for (Scalar& value : x) value = std::round(value * 4);  // many equal maxima: the first one counts
            x[x.size() / 2] = kNan;
            const Numbers dy = numbers(s.N * s.P * s.Q * s.C, 2);
            const auto compute = [&](const Kernels& kernels) {
                std::vector<Numbers> r = {dy, x, dy, x};
                std::vector<std::int32_t> chosen(dy.size());
                kernels.max_pool(s, x.data(), r[0].data(), chosen.data());
                kernels.max_pool_backward(s, dy.data(), chosen.data(), r[1].data());
                r.push_back(Numbers(chosen.begin(), chosen.end()));
                r.push_back(dy);
                kernels.max_pool(s, x.data(), r.back().data(), nullptr);
                Numbers whole = x;
                whole[x.size() / 2] = 0;
                kernels.avg_pool(s, divisor, whole.data(), r[2].data());
                kernels.avg_pool_backward(s, divisor, dy.data(), r[3].data());
                return r;
            };
            const std::vector<Numbers> expected = compute(reference_kernels());
            for (const Kernels* table : runnable_kernels()) {
                INFO(table->name);
                const std::vector<Numbers> found = compute(*table);
                for (std::size_t i = 0; i < expected[0].size(); ++i)
                    CHECK((found[0][i] == expected[0][i] || (std::isnan(found[0][i]) && std::isnan(expected[0][i]))));
                CHECK(error(found[1], expected[1]) < kTolerance);
                CHECK(error(found[2], expected[2]) < kTolerance);
                CHECK(error(found[3], expected[3]) < kTolerance);
                CHECK(same_bits(found[4], expected[4]));
            }
        }
}

TEST_CASE("activations: every fast kernel computes what the reference computes, and a NaN stays one") {
    for (const Index count : {1, 37, 5000}) {
        Numbers x = numbers(count, 1);
        for (Scalar& value : x) value *= 8;
        const Numbers dy = numbers(count, 2);
        for (const Activation kind : {Activation::relu, Activation::leaky_relu, Activation::sigmoid, Activation::tanh,
                                      Activation::gelu, Activation::gelu_tanh, Activation::silu})
            for (const Kernels* table : runnable_kernels()) {
                INFO(table->name << " activation " << static_cast<int>(kind));
                Numbers y(x.size()), dx(x.size()), expected(x.size()), expected_dx(x.size());
                reference_kernels().activation(kind, Scalar(0.1), count, x.data(), expected.data());
                reference_kernels().activation_backward(kind, Scalar(0.1), count, x.data(), expected.data(), dy.data(),
                                                        expected_dx.data());
                table->activation(kind, Scalar(0.1), count, x.data(), y.data());
                table->activation_backward(kind, Scalar(0.1), count, x.data(), expected.data(), dy.data(), dx.data());
                CHECK(error(y, expected) < kTolerance);
                CHECK(error(dx, expected_dx) < kTolerance);
                Numbers nan(size(count), kNan);
                table->activation(kind, Scalar(0.1), count, nan.data(), y.data());
                CHECK(std::isnan(y[0]));
                CHECK(std::isnan(y.back()));
            }
    }
}

// Infinite numbers, and such of which a square or a product with the smallest sigmoid is: f is 0 or x, f' is 0 or 1.
TEST_CASE("activations: far from 0, and at infinity, GELU and SiLU are at their limits") {
    const Scalar infinity = std::numeric_limits<Scalar>::infinity();
    const Numbers x = {-infinity, Scalar(-3e38), Scalar(-1e30), -2000, 2000, Scalar(1e30), Scalar(3e38), infinity};
    const Numbers ones(x.size(), 1);
    for (const Activation kind : {Activation::gelu, Activation::gelu_tanh, Activation::silu})
        for (const Kernels* table : runnable_kernels()) {
            INFO(table->name << " activation " << static_cast<int>(kind));
            Numbers y(x.size()), dx(x.size());
            const Index count = static_cast<Index>(x.size());
            table->activation(kind, 0, count, x.data(), y.data());
            table->activation_backward(kind, 0, count, x.data(), y.data(), ones.data(), dx.data());
            for (std::size_t i = 0; i < x.size(); ++i) {
                CHECK((x[i] < 0 ? std::abs(y[i]) < 1e-30 : y[i] == x[i]));
                CHECK(std::abs(dx[i] - (x[i] < 0 ? 0 : 1)) < 1e-30);
            }
        }
}

TEST_CASE("sigmoid, tanh and GELU are right to seven digits wherever they are, not on the average") {
    const double bound = sizeof(Scalar) == 4 ? 4e-7 : 1e-14;
    Numbers x;
    for (double size = 1e-6; size < 60; size *= 1.003) x.insert(x.end(), {Scalar(size), Scalar(-size)});
    const Index count = static_cast<Index>(x.size());
    for (const Kernels* table : runnable_kernels()) {
        const auto check = [&](Activation kind, auto value, double least) {
            Numbers y(x.size());
            table->activation(kind, 0, count, x.data(), y.data());
            double worst = 0;
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double expected = value(double{x[i]});
                worst = std::max(worst, std::abs(double{y[i]} - expected) / std::max(std::abs(expected), least));
            }
            INFO(table->name << " activation " << static_cast<int>(kind));
            CHECK(worst < bound);
        };
        check(
            Activation::sigmoid, [](double v) { return 1 / (1 + std::exp(-v)); }, 1e-30);
        check(
            Activation::tanh, [](double v) { return std::tanh(v); }, 1e-30);
        check(
            Activation::gelu, [](double v) { return v * (1 + std::erf(v / std::sqrt(2.0))) / 2; }, 0.5);
    }
}

TEST_CASE("element by element: every fast kernel computes the reference's bits") {
    for (const Index count : {1, 3, 70, 70001}) {
        const Numbers a = numbers(count, 1), b = numbers(count, 2), rows = numbers(7 * count, 3),
                      factors = numbers(7, 4);
        const auto compute = [&](const Kernels& kernels) {
            std::vector<Numbers> r(5, b);
            kernels.add(count, a.data(), b.data(), r[0].data());
            kernels.accumulate(count, a.data(), r[1].data());
            kernels.scale(count, Scalar(0.3), a.data(), r[2].data());
            kernels.multiply(count, a.data(), b.data(), r[3].data());
            kernels.dropout_mask({5, 6}, 7, 0.3, 21, count, r[4].data());
            r.push_back(rows);
            kernels.scale_rows(7, count, factors.data(), rows.data(), r[5].data());
            return r;
        };
        const std::vector<Numbers> expected = compute(reference_kernels());
        for (const Kernels* table : runnable_kernels()) {
            const std::vector<Numbers> found = compute(*table);
            for (std::size_t i = 0; i < expected.size(); ++i) {
                INFO(table->name << " result " << i);
                CHECK(same_bits(found[i], expected[i]));
            }
        }
    }
}

TEST_CASE("repeated multiply-adds: every fast kernel computes what the reference computes") {
    for (const Index count : {1, 191, 192, 1000}) {
        Numbers expected = numbers(count, 1);
        reference_kernels().repeat_multiply_add(5, Scalar(0.75), Scalar(0.5), count, expected.data());
        for (const Kernels* table : runnable_kernels()) {
            INFO(table->name << " count " << count);
            Numbers found = numbers(count, 1);
            table->repeat_multiply_add(5, Scalar(0.75), Scalar(0.5), count, found.data());
            CHECK(error(found, expected) < kTolerance);
        }
    }
}

TEST_CASE("the two orders of memory: every fast kernel moves what the reference moves") {
    const auto check = [](Index N, Index C, Index pixels) {
        const Numbers x = numbers(N * C * pixels, 1);
        Numbers first(x.size()), last(x.size()), expected(x.size());
        reference_kernels().to_channels_first(N, C, pixels, x.data(), expected.data());
        for (const Kernels* table : runnable_kernels()) {
            INFO(table->name << " N " << N << " C " << C << " pixels " << pixels);
            table->to_channels_first(N, C, pixels, x.data(), first.data());
            CHECK(same_bits(first, expected));
            table->to_channels_last(N, C, pixels, first.data(), last.data());
            CHECK(same_bits(last, x));
        }
    };
    for (const Index C : {1, 3, 16, 20, 130})
        for (const Index pixels : {1, 9, 16, 75, 400}) check(2, C, pixels);
}

TEST_CASE("optimizers: every fast kernel steps as the reference does") {
    const Index count = 40001;
    const auto three_steps = [&](const Kernels& kernels, const SgdRule& sgd, const AdamRule& adam) {
        std::vector<Numbers> r = {numbers(count, 1), Numbers(size(count), kNan), numbers(count, 2),
                                  Numbers(size(count)), Numbers(size(count))};
        for (std::uint32_t step = 0; step < 3; ++step) {
            const Numbers gradient = numbers(count, 10 + step);
            kernels.sgd(sgd, step == 0, count, gradient.data(), r[1].data(), r[0].data());
            kernels.adam(adam, count, gradient.data(), r[3].data(), r[4].data(), r[2].data());
        }
        return r;
    };
    const AdamRule adam = {Scalar(0.01), Scalar(0.9), Scalar(0.999), Scalar(1e-8),
                           Scalar(0.1),  false,       Scalar(0.1),   Scalar(0.001)};
    AdamRule adam_w = adam;
    adam_w.decoupled_decay = true;
    for (const SgdRule& sgd : {SgdRule{Scalar(0.1)}, SgdRule{Scalar(0.1), Scalar(0.9), 0, Scalar(0.01)},
                               SgdRule{Scalar(0.1), Scalar(0.9), Scalar(0.5), 0},
                               SgdRule{Scalar(0.1), Scalar(0.9), 0, Scalar(0.01), true}}) {
        const AdamRule& rule = sgd.nesterov ? adam_w : adam;
        const std::vector<Numbers> expected = three_steps(reference_kernels(), sgd, rule);
        for (const Kernels* table : runnable_kernels()) {
            INFO(table->name << " momentum " << sgd.momentum << " nesterov " << sgd.nesterov);
            const std::vector<Numbers> found = three_steps(*table, sgd, rule);
            for (std::size_t i = 0; i < expected.size(); ++i)
                if (i != 1 || sgd.momentum != 0) CHECK(error(found[i], expected[i]) < kTolerance);
        }
    }
}
