// What the textbooks state of normalization, one test for each statement.
#include <cmath>
#include <functional>

#include "framework/kernels/kernels.h"
#include "framework/ops/arithmetic.h"
#include "framework/ops/loss.h"
#include "layers/layers.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// Mean and biased variance of each channel over batch and pixels, straight from the definition.
struct ChannelMoments {
    std::vector<double> mean, variance;
};
ChannelMoments moments_by_definition(const Tensor& x) {
    const Images image = as_images(x.shape());
    const std::vector<Scalar> values = x.values();
    const auto C = static_cast<std::size_t>(image.C), pixels = static_cast<std::size_t>(image.pixels());
    const double count = static_cast<double>(image.N * image.pixels());
    ChannelMoments found{std::vector<double>(C), std::vector<double>(C)};
    const auto for_each = [&](auto visit) {
        for (std::size_t i = 0; i < values.size(); ++i) visit(i / pixels % C, double{values[i]});
    };
    for_each([&](std::size_t c, double value) { found.mean[c] += value / count; });
    for_each([&](std::size_t c, double value) { found.variance[c] += std::pow(value - found.mean[c], 2) / count; });
    return found;
}

double largest_difference(const std::vector<double>& a, double b) {
    double largest = 0;
    for (const double value : a) largest = std::max(largest, std::abs(value - b));
    return largest;
}

Tensor image_of(const Tensor& x, Index n) {
    const Images image = as_images(x.shape());
    const Index size = image.C * image.pixels();
    Tensor one({1, image.C, image.H, image.W});
    std::copy_n(x.data() + n * size, size, one.mutable_data());
    return one;
}

// The gradient of Σ r·f(x) with respect to x.
Tensor gradient_of(const std::function<Var(const Var&)>& f, const Tensor& x, const Tensor& r) {
    const Var input = Var::parameter(x);
    Tape tape;
    tape.backward(f(input), r);
    return input.grad();
}

}  // namespace

TEST_CASE("batch norm gives every channel mean 0 and variance 1 before scale and shift", "[norm]") {
    BatchNorm2d bn({.num_features = 5, .eps = 0, .affine = false});
    const ChannelMoments out = moments_by_definition(bn(noise({8, 5, 6, 7}, 1, 3, 4)).value());
    REQUIRE(largest_difference(out.mean, 0) < kClose);
    REQUIRE(largest_difference(out.variance, 1) < kClose);
}

TEST_CASE("with scale and shift it gives every channel mean beta and deviation gamma", "[norm]") {
    BatchNorm2d bn({.num_features = 5, .eps = 0});
    bn.weight.mutable_value().copy_from(Tensor::full({5}, 2.5));
    bn.bias.mutable_value().copy_from(Tensor::full({5}, -7));
    const ChannelMoments out = moments_by_definition(bn(noise({8, 5, 6, 7}, 1, 3, 4)).value());
    REQUIRE(largest_difference(out.mean, -7) < 7 * kClose);
    REQUIRE(largest_difference(out.variance, 6.25) < 7 * kClose);
}

TEST_CASE("batch norm keeps its digits where the mean is far above the deviation", "[norm]") {
    BatchNorm2d bn({.num_features = 3, .eps = 0, .affine = false});
    const ChannelMoments out = moments_by_definition(bn(noise({16, 3, 8, 8}, 1, 1000, 1)).value());
    REQUIRE(largest_difference(out.mean, 0) < 100 * kClose);  // an input of 1000 has its last digit at 6e-5
    REQUIRE(largest_difference(out.variance, 1) < 10 * kClose);
}

// The numbers of a float lie 1e-3 apart at 10,000: rounded to one, the mean would be off by up to 5 % of a deviation.
TEST_CASE("batch norm and its gradients keep their digits where the mean is 10,000 and the deviation 0.01", "[norm]") {
    const double eps = GENERATE(0.0, 1e-5);
    const bool l1 = GENERATE(false, true);
    const Shape shape{64, 3, 8, 8};
    const Tensor x = noise(shape, 1, 10'000, 0.01), dy = noise(shape, 2);
    Tensor near_zero(shape);  // exact: both are multiples of the last digit
    for (Index i = 0; i < x.elements(); ++i) near_zero.mutable_data()[i] = x.data()[i] - 10'000;
    struct Results {
        Tensor y, dx, dgamma;
    };
    const auto results = [&](const Tensor& input) {
        const std::unique_ptr<Module> bn =
            make_norm({.type = l1 ? NormType::l1_batch : NormType::batch, .eps = eps}, shape[1]);
        Tensor y;
        const Tensor dx = gradient_of(
            [&](const Var& v) {
                const Var out = (*bn)(v);
                y = out.value();
                return out;
            },
            input, dy);
        return Results{y, dx, parameters(*bn).front().parameter.grad()};
    };
    const Results far = results(x), near = results(near_zero);
    CHECK(relative_error(far.y, near.y) < kClose);
    CHECK(relative_error(far.dx, near.dx) < kClose);
    CHECK(relative_error(far.dgamma, near.dgamma) < 10 * kClose);
}

TEST_CASE("norms do not feel the scale of numbers whose squares are too large for a float", "[norm]") {
    const NormType type = GENERATE(NormType::batch, NormType::batch_renorm, NormType::ghost_batch, NormType::l1_batch,
                                   NormType::group, NormType::layer, NormType::instance, NormType::rms);
    const Tensor x = noise({8, 8, 5, 5}, 1), dy = noise(x.shape(), 2);
    Tensor large(x.shape());
    for (Index i = 0; i < x.elements(); ++i) large.mutable_data()[i] = x.data()[i] * Scalar(0x1p67);  // 1.5e20
    const auto norm = [&](const Var& v) {
        return (*make_norm({.type = type, .eps = 0, .virtual_batch_size = 4, .r_max = 1, .d_max = 0}, 8))(v);
    };
    INFO("type " << static_cast<int>(type));
    CHECK(relative_error(norm(large).value(), norm(x).value()) < kClose);
    Tensor dx = gradient_of(norm, large, dy);
    for (Index i = 0; i < dx.elements(); ++i) dx.mutable_data()[i] *= Scalar(0x1p67);
    CHECK(relative_error(dx, gradient_of(norm, x, dy)) < 1e-4);  // r², a coefficient, has lost digits at 1e-40
}

// In PyTorch a batch norm's 1/sigma is 0 there, other norms' is infinite.
TEST_CASE("with eps 0 a constant channel becomes beta and gets no gradient", "[norm]") {
    const NormType type = GENERATE(NormType::batch, NormType::batch_renorm, NormType::ghost_batch, NormType::l1_batch,
                                   NormType::group, NormType::layer, NormType::instance, NormType::rms);
    const Tensor x = Tensor::full({6, 8, 5, 7}, Scalar(type == NormType::rms ? 0 : 0.1)), dy = noise(x.shape(), 1);
    const std::unique_ptr<Module> norm =
        make_norm({.type = type, .eps = 0, .momentum = 1, .virtual_batch_size = 4, .d_max = 0}, 8);
    const auto forward = [&](const Var& v) { return (*norm)(v); };
    INFO("type " << static_cast<int>(type));
    const Tensor zero = Tensor::zeros(x.shape());
    for (const int step : {1, 2}) {  // in the second, running variances are 0, too
        INFO("step " << step);
        CHECK(same_bits(forward(x).value(), zero));
        CHECK(same_bits(gradient_of(forward, x, dy), zero));
        for (const NamedParameter& each : parameters(*norm))
            if (each.name == "weight") CHECK(relative_error(each.parameter.grad(), Tensor::zeros({8})) == 0);
    }
    norm->eval();
    CHECK(same_bits(forward(x).value(), zero));
}

TEST_CASE("running statistics follow (1 - m) old + m batch, the variance unbiased", "[norm]") {
    const double m = GENERATE(0.1, 0.3, 1.0);
    BatchNorm2d bn({.num_features = 4, .momentum = m});
    std::vector<double> mean(4, 0), variance(4, 1);
    for (std::uint64_t step = 0; step < 3; ++step) {
        const Tensor x = noise({6, 4, 3, 3}, step, 2, 3);
        bn(x);
        const ChannelMoments batch = moments_by_definition(x);
        for (std::size_t c = 0; c < 4; ++c) {
            mean[c] = (1 - m) * mean[c] + m * batch.mean[c];
            variance[c] = (1 - m) * variance[c] + m * batch.variance[c] * 54 / 53;  // 54 values for each channel
        }
    }
    REQUIRE(relative_error(bn.running.mean.values(), {mean.begin(), mean.end()}) < kClose);
    REQUIRE(relative_error(bn.running.variance.values(), {variance.begin(), variance.end()}) < kClose);
    REQUIRE(bn.running.batches == 3);
}

TEST_CASE("on request the running variance is the biased one of the textbooks", "[norm]") {
    BatchNorm2d bn({.num_features = 4, .momentum = 1.0, .biased_running_var = true});
    const Tensor x = noise({2, 4, 1, 2}, 1, 2, 3);
    bn(x);
    const ChannelMoments batch = moments_by_definition(x);
    REQUIRE(relative_error(bn.running.variance.values(), {batch.variance.begin(), batch.variance.end()}) < kClose);
}

TEST_CASE("without momentum running statistics are the average over all batches", "[norm]") {
    BatchNorm2d bn({.num_features = 2, .momentum = std::nullopt});
    double mean = 0;
    for (std::uint64_t step = 0; step < 5; ++step) {
        const Tensor x = noise({4, 2, 2, 2}, step, static_cast<double>(step));
        bn(x);
        mean += moments_by_definition(x).mean[0] / 5;
    }
    REQUIRE(std::abs(bn.running.mean.data()[0] - mean) < kClose);
}

TEST_CASE("two batch norms keep independent statistics", "[norm]") {
    BatchNorm2d first({.num_features = 3}), second({.num_features = 3});
    first(noise({4, 3, 2, 2}, 1, 5));
    REQUIRE(second.running.mean.values() == std::vector<Scalar>{0, 0, 0});
    REQUIRE(second.running.variance.values() == std::vector<Scalar>{1, 1, 1});
    REQUIRE(second.running.batches == 0);
}

TEST_CASE("reset_running_stats goes back to mean 0, variance 1, no batches", "[norm]") {
    BatchNorm2d bn({.num_features = 2});
    bn(noise({4, 2, 2, 2}, 1, 5));
    bn.reset_running_stats();
    REQUIRE(bn.running.mean.values() == std::vector<Scalar>{0, 0});
    REQUIRE(bn.running.variance.values() == std::vector<Scalar>{1, 1});
    REQUIRE(bn.running.batches == 0);
}

TEST_CASE("evaluating an image does not depend on its batch, training does", "[norm]") {
    BatchNorm2d bn({.num_features = 3});
    const Tensor batch = noise({5, 3, 4, 4}, 1, 1, 2), other = noise({5, 3, 4, 4}, 2, -3, 1);
    Tensor mixed = other.clone();
    std::copy_n(batch.data(), 48, mixed.mutable_data());  // its first image is the batch's
    const auto first = [&](const Tensor& x) { return image_of(bn(x).value(), 0); };
    REQUIRE(relative_error(first(batch), first(mixed)) > 0.1);
    bn.eval();
    REQUIRE(same_bits(first(batch), first(mixed)));
    REQUIRE(same_bits(first(batch), bn(image_of(batch, 0)).value()));
}

TEST_CASE("evaluation does not change the running statistics", "[norm]") {
    BatchNorm2d bn({.num_features = 3});
    bn(noise({4, 3, 2, 2}, 1));
    const Tensor mean = bn.running.mean.clone();
    bn.eval();
    bn(noise({4, 3, 2, 2}, 2, 9));
    REQUIRE(same_bits(bn.running.mean, mean));
}

TEST_CASE("one image of one pixel can be evaluated, but not trained on", "[norm]") {
    BatchNorm2d bn({.num_features = 3});
    const Tensor pixel = noise({1, 3, 1, 1}, 1);
    REQUIRE(contains(error_of([&] { bn(pixel); }),
                     "[BatchNorm2d] Expected more than 1 value per channel when training: input (1,3,1,1)"));
    REQUIRE(bn.running.batches == 0);
    bn.eval();
    REQUIRE(bn(pixel).shape() == pixel.shape());
}

TEST_CASE("which statistics normalize and whether the running ones follow are independent", "[norm]") {
    const bool use_batch = GENERATE(true, false), update = GENERATE(true, false);
    BatchNorm2d bn({.num_features = 2, .eps = 0});
    bn.use_batch_statistics = use_batch;
    bn.update_running_statistics = update;
    const Tensor x = noise({8, 2, 4, 4}, 1, 5, 2);
    const ChannelMoments out = moments_by_definition(bn(x).value());
    REQUIRE((std::abs(out.mean[0]) < kClose) == use_batch);  // the running mean is still 0: x keeps its mean of about 5
    REQUIRE((bn.running.batches == 1) == update);
}

TEST_CASE("batch norm does not feel the scale of the weights before it", "[norm]") {
    const Tensor x = noise({4, 3, 6, 6}, 1), w = noise({5, 3, 3, 3}, 2), r = noise({4, 5, 4, 4}, 3);
    const double a = 7;
    BatchNorm2d bn({.num_features = 5, .eps = 0, .affine = false, .track_running_stats = false});
    const auto net = [&](const Var& weight) { return bn(conv2d(x, weight, {}, {})); };
    const Tensor scaled = scale(w, a).value();
    REQUIRE(relative_error(net(scaled).value(), net(w).value()) < kClose);  // BN(aWx) = BN(Wx)
    const Tensor gradient = gradient_of(net, w, r), gradient_at_scaled = gradient_of(net, scaled, r);
    REQUIRE(relative_error(scale(gradient_at_scaled, a).value(), gradient) < 10 * kClose);  // ∂/∂(aW) = 1/a ∂/∂W
}

TEST_CASE("batch norm's Jacobian is (1/sigma)(I - 11'/m - xx'/m) gamma", "[norm]") {
    const Index m = 6;
    const double gamma = 1.7;
    const Tensor x = noise({m, 1}, 1, 2, 3);
    BatchNorm2d bn({.num_features = 1, .eps = 0});
    const Tensor normalized = bn(x).value().clone();
    bn.weight.mutable_value().copy_from(Tensor::full({1}, static_cast<Scalar>(gamma)));
    const double sigma = std::sqrt(moments_by_definition(x).variance[0]);
    for (Index i = 0; i < m; ++i) {
        Tensor unit = Tensor::zeros({m, 1});
        unit.mutable_data()[i] = 1;
        const Tensor row = gradient_of([&](const Var& input) { return bn(input); }, x, unit);
        for (Index j = 0; j < m; ++j) {
            const double product = double{normalized.data()[i]} * normalized.data()[j];
            const double expected = gamma / sigma * ((i == j) - 1.0 / m - product / m);
            REQUIRE(std::abs(row.data()[j] - expected) < kClose);
        }
    }
}

TEST_CASE("gamma = sqrt(var + eps) and beta = mean give the input back", "[norm]") {
    BatchNorm2d bn({.num_features = 3, .eps = 0.1});
    const Tensor x = noise({4, 3, 5, 5}, 1, 2, 3);
    const ChannelMoments batch = moments_by_definition(x);
    for (std::size_t c = 0; c < 3; ++c) {
        bn.weight.mutable_value().mutable_data()[c] = static_cast<Scalar>(std::sqrt(batch.variance[c] + 0.1));
        bn.bias.mutable_value().mutable_data()[c] = static_cast<Scalar>(batch.mean[c]);
    }
    REQUIRE(relative_error(bn(x).value(), x) < kClose);
}

TEST_CASE("a bias before a batch norm gets no gradient", "[norm]") {
    const Tensor x = noise({4, 3, 6, 6}, 1), w = noise({5, 3, 3, 3}, 2), r = noise({4, 5, 4, 4}, 3);
    BatchNorm2d bn({.num_features = 5, .track_running_stats = false});
    const Tensor gradient = gradient_of([&](const Var& bias) { return bn(conv2d(x, w, bias, {})); }, noise({5}, 4), r);
    for (const Scalar value : gradient.values())
        REQUIRE(std::abs(value) < 10 * kClose);  // each r summed over 64 values
}

TEST_CASE("group norm of one group is layer norm over C,H,W", "[norm]") {
    const Tensor x = noise({3, 6, 4, 5}, 1, 2, 3);
    GroupNorm group({.num_groups = 1, .num_channels = 6, .affine = false});
    LayerNorm layer({.normalized_shape = {6, 4, 5}, .elementwise_affine = false});
    REQUIRE(same_bits(group(x).value(), layer(x).value()));
}

TEST_CASE("group norm of C groups is instance norm", "[norm]") {
    const Tensor x = noise({3, 6, 4, 5}, 1, 2, 3);
    GroupNorm group({.num_groups = 6, .num_channels = 6});
    InstanceNorm2d instance({.num_features = 6, .affine = true});
    REQUIRE(same_bits(group(x).value(), instance(x).value()));
}

TEST_CASE("instance norm of one image is batch norm of it", "[norm]") {
    const Tensor x = noise({1, 6, 4, 5}, 1, 2, 3);
    BatchNorm2d batch({.num_features = 6});
    InstanceNorm2d instance({.num_features = 6});
    REQUIRE(same_bits(batch(x).value(), instance(x).value()));
}

TEST_CASE("group, layer, instance and rms norm treat an image alike in every batch and mode", "[norm]") {
    const Tensor batch = noise({5, 4, 3, 3}, 1, 1, 2);
    for (const NormType type : {NormType::group, NormType::layer, NormType::instance, NormType::rms}) {
        const auto norm = make_norm({.type = type, .groups = 2}, 4);
        const Tensor trained = image_of(norm->forward(batch).value(), 2);
        norm->eval();
        REQUIRE(same_bits(norm->forward(image_of(batch, 2)).value(), trained));
    }
}

TEST_CASE("layer norm of images with mean 0 is rms norm", "[norm]") {
    Tensor x = noise({2, 4, 3, 3}, 1);
    LayerNorm center({.normalized_shape = {4, 3, 3}, .eps = 0, .elementwise_affine = false});
    x = center(x).value();
    LayerNorm layer({.normalized_shape = {4, 3, 3}, .elementwise_affine = false});
    RMSNorm rms({.num_channels = 4});
    REQUIRE(relative_error(rms(x).value(), layer(x).value()) < kClose);
}

TEST_CASE("rms norm does not subtract the mean", "[norm]") {
    RMSNorm rms({.num_channels = 2, .eps = 0});
    REQUIRE(relative_error(rms(Tensor::full({1, 2, 2, 2}, 5)).value(), Tensor::full({1, 2, 2, 2}, 1)) < kClose);
}

TEST_CASE("dropout keeps the expectation", "[norm]") {
    const double p = GENERATE(0.1, 0.5, 0.8);
    const Tensor ones = Tensor::full({1000, 100}, 1);
    const std::vector<Scalar> out = dropout(ones, p, {1, 2}, 3).value().values();
    double mean = 0, dropped = 0;
    for (const Scalar value : out) mean += value / 1e5, dropped += value == 0 ? 1e-5 : 0;
    const double deviation = std::sqrt(p / (1 - p) / 1e5);  // of the mean
    REQUIRE(std::abs(mean - 1) < 4 * deviation);
    REQUIRE(std::abs(dropped - p) < 4 * deviation);
}

TEST_CASE("dropout is the identity in evaluation", "[norm]") {
    Dropout dropout({.p = 0.5});
    dropout.eval();
    const Tensor x = noise({4, 5}, 1);
    REQUIRE(same_bits(dropout(x).value(), x));
}

TEST_CASE("dropout2d drops whole channels", "[norm]") {
    const std::vector<Scalar> out = dropout2d(Tensor::full({8, 16, 3, 3}, 1), 0.5, {1, 2}, 3).value().values();
    int dropped = 0;
    for (std::size_t channel = 0; channel < 128; ++channel) {
        for (std::size_t i = 1; i < 9; ++i) REQUIRE(out[channel * 9 + i] == out[channel * 9]);
        dropped += out[channel * 9] == 0;
    }
    REQUIRE(dropped > 40);
    REQUIRE(dropped < 88);
}

TEST_CASE("twenty stacked batch norms, evaluated after one training step, shrink by the Bessel factor", "[norm]") {
    // With momentum 1 each remembers σ²·m/(m−1) of a batch that it normalized to variance 1, so each evaluates to
    // √((m−1)/m) of what it gave in training: in training the second and later ones see variance 1.
    const Index m = 8;
    Sequential stack;
    for (int i = 0; i < 20; ++i) stack.append(BatchNorm2d({.num_features = 1, .eps = 0, .momentum = 1.0}));
    const Tensor x = noise({m, 1}, 1, 2, 3);
    const Tensor trained = stack(x).value().clone();
    stack.eval();
    const double factor = std::pow((m - 1.0) / m, 20 / 2.0);
    REQUIRE(relative_error(stack(x).value(), scale(trained, factor).value()) < 10 * kClose);
}
