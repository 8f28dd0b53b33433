// What is stated of the variants of batch norm, one test for each statement.
#include <cmath>
#include <numbers>

#include "layers/layers.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// What a training step makes of x: the output, and the gradients of x, γ and β where L = Σ r·y.
std::vector<Tensor> step(Module& layer, const Tensor& x, const Tensor& r) {
    const Var input = Var::parameter(x);
    Tape tape;
    const Var y = layer(input);
    tape.backward(y, r);
    std::vector<Tensor> found = {y.value(), input.grad()};
    for (NamedParameter& each : parameters(layer)) {
        found.push_back(each.parameter.grad());
        each.parameter.clear_grad();
    }
    return found;
}

void require_same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(same_bits(a[i], b[i]));
}

void require_same_running(const BatchNorm2d& a, const BatchNorm2d& b) {
    REQUIRE(same_bits(a.running.mean, b.running.mean));
    REQUIRE(same_bits(a.running.variance, b.running.variance));
    REQUIRE(a.running.batches == b.running.batches);
}

// Images first..end of x.
Tensor images(const Tensor& x, Index first, Index end) {
    const Images all = as_images(x.shape());
    const Index size = all.C * all.pixels();
    Tensor part({end - first, all.C, all.H, all.W});
    std::copy_n(x.data() + first * size, (end - first) * size, part.mutable_data());
    return part;
}

// γ and β that are not 1 and 0.
void set_affine(Module& layer) {
    std::uint64_t seed = 20;
    for (NamedParameter& each : parameters(layer))
        each.parameter.mutable_value().copy_from(noise(each.parameter.shape(), seed++, 1, 0.5));
}

}  // namespace

TEST_CASE("batch renorm with r_max 1 and d_max 0 is batch norm, bit for bit", "[variants]") {
    BatchNorm2d batch({.num_features = 5});
    BatchRenorm2d renorm({.batch = {.num_features = 5}, .r_max = 1, .d_max = 0});
    set_affine(batch), set_affine(renorm);
    for (std::uint64_t i = 0; i < 3; ++i) {
        const Tensor x = noise({6, 5, 4, 3}, i, 3, 2), r = noise({6, 5, 4, 3}, i + 10);
        require_same(step(renorm, x, r), step(batch, x, r));
        require_same_running(renorm, batch);
    }
}

TEST_CASE("where nothing is clipped batch renorm trains with the running statistics", "[variants]") {
    BatchRenorm2d renorm({.batch = {.num_features = 5}, .r_max = 1e6, .d_max = 1e6});
    set_affine(renorm);
    for (std::uint64_t i = 0; i < 3; ++i) renorm(noise({6, 5, 4, 3}, i, 3, 2));
    const Tensor x = noise({6, 5, 4, 3}, 9, 2, 3);
    renorm.eval();
    const Tensor evaluated = renorm(x).value();
    renorm.train();
    REQUIRE(relative_error(renorm(x).value(), evaluated) < kClose);
}

TEST_CASE("r and d are those of the running statistics from before the batch", "[variants]") {
    BatchRenorm2d renorm({.batch = {.num_features = 2, .eps = 0, .momentum = 1.0}, .r_max = 100, .d_max = 100});
    const Tensor x = noise({6, 2, 4, 3}, 1, 3, 2);
    REQUIRE(relative_error(renorm(x).value(), x) < kClose);  // they were 0 and 1
    REQUIRE(relative_error(renorm(x).value(), x) > 0.1);
}

TEST_CASE("r lies between 1/r_max and r_max, d between -d_max and d_max", "[variants]") {
    struct Clipped {
        double mean, deviation, d, r;  // of the batch, and what is left of them
    };
    for (const auto& [mean, deviation, d, r] :
         {Clipped{100, 10, 3, 2}, {-100, 10, -3, 2}, {100, 0.1, 3, 0.5}, {-100, 0.1, -3, 0.5}}) {
        BatchRenorm2d renorm({.batch = {.num_features = 1, .affine = false}, .r_max = 2, .d_max = 3});
        const Tensor y = renorm(noise({6, 1, 4, 3}, 1, mean, deviation)).value();
        const Statistics of_y = statistics_of(y, {.images = 6, .channels = y.shape()[1]});
        CHECK(std::abs(of_y.mean[0] - d) < 1e-3);
        CHECK(std::abs(std::sqrt(of_y.variance[0]) - r) < 1e-3);
    }
}

TEST_CASE("no gradient flows through r and d: backward is batch norm's, times r", "[variants]") {
    BatchNorm2d batch({.num_features = 3, .affine = false});
    BatchRenorm2d renorm({.batch = {.num_features = 3, .affine = false}, .r_max = 2});
    const Tensor x = noise({6, 3, 4, 3}, 1, 1, 10), r = noise({6, 3, 4, 3}, 2);  // deviation 10: r is 2
    const Tensor expected = step(batch, x, r)[1], dx = step(renorm, x, r)[1];
    for (Index i = 0; i < dx.elements(); ++i) REQUIRE(std::abs(dx.data()[i] - 2 * expected.data()[i]) < kClose);
}

TEST_CASE("batch renorm's limits grow with the run, from batch norm's to r_max and d_max", "[variants]") {
    BatchRenorm2d renorm({.batch = {.num_features = 3}, .relax_from = 0.1, .relax_d_until = 0.3, .relax_r_until = 0.5});
    REQUIRE((renorm.r_limit == 3 && renorm.d_limit == 5));  // no run has reported its progress
    struct Told {
        double progress, r, d;
    };
    for (const auto& [progress, r, d] :
         {Told{0, 1, 0}, {0.1, 1, 0}, {0.2, 1.5, 2.5}, {0.3, 2, 5}, {0.5, 3, 5}, {1, 3, 5}}) {
        tell_progress(renorm, progress);
        REQUIRE(std::abs(renorm.r_limit - r) < 1e-12);
        REQUIRE(std::abs(renorm.d_limit - d) < 1e-12);
    }
}

TEST_CASE("without a ramp batch renorm has its limits from the first step on", "[variants]") {
    BatchRenorm2d renorm({.batch = {.num_features = 3}, .relax_from = 0, .relax_d_until = 0, .relax_r_until = 0});
    tell_progress(renorm, 0);
    REQUIRE((renorm.r_limit == 3 && renorm.d_limit == 5));
}

TEST_CASE("ghost batch norm is batch norm of each part, one after the other", "[variants]") {
    const auto momentum = GENERATE(std::optional<double>(0.1), std::optional<double>());
    const Index together = GENERATE(2, 3, 7, 100);
    const bool even = together == 2 || together == 100;  // a shorter last part: sums in another order
    BatchNorm2d batch({.num_features = 5, .momentum = momentum});
    GhostBatchNorm2d ghost({.batch = {.num_features = 5, .momentum = momentum}, .virtual_batch_size = together});
    set_affine(batch), set_affine(ghost);
    const Tensor x = noise({8, 5, 4, 3}, 1, 3, 2), r = noise({8, 5, 4, 3}, 2);
    const std::vector<Tensor> whole = step(ghost, x, r);
    for (Index first = 0; first < 8; first += together) {
        const Index end = std::min<Index>(8, first + together);
        const std::vector<Tensor> part = step(batch, images(x, first, end), images(r, first, end));
        REQUIRE(relative_error(images(whole[0], first, end), part[0]) < 1e-6);
        REQUIRE(relative_error(images(whole[1], first, end), part[1]) < 2e-6);
        for (std::size_t i = 0; even && i < 2; ++i) REQUIRE(same_bits(images(whole[i], first, end), part[i]));
    }
    if (even) require_same_running(ghost, batch);
    REQUIRE(relative_error(ghost.running.mean, batch.running.mean) < 1e-6);
    REQUIRE(relative_error(ghost.running.variance, batch.running.variance) < 1e-6);
    REQUIRE(ghost.running.batches == batch.running.batches);
}

TEST_CASE("ghost batch norm and batch renorm evaluate as batch norm does", "[variants]") {
    BatchNorm2d batch({.num_features = 5});
    GhostBatchNorm2d ghost({.batch = {.num_features = 5}, .virtual_batch_size = 3});
    BatchRenorm2d renorm({.batch = {.num_features = 5}});
    const Tensor x = noise({8, 5, 4, 3}, 1, 3, 2), mean = noise({5}, 2), variance = noise({5}, 3, 4, 0.5);
    for (BatchNorm2d* norm : std::initializer_list<BatchNorm2d*>{&batch, &ghost, &renorm}) {
        norm->running.mean.copy_from(mean);
        norm->running.variance.copy_from(variance);
        norm->eval();
        REQUIRE(same_bits(norm->forward(x).value(), batch(x).value()));
        require_same_running(*norm, batch);
    }
}

TEST_CASE("running statistics that normalize are those from before the batch, and follow it", "[variants]") {
    BatchNorm2d follows({.num_features = 2, .eps = 0, .affine = false, .use_batch_stats = false});
    BatchNorm2d batch({.num_features = 2});
    const Tensor x = noise({6, 2, 4, 3}, 1, 3, 2);
    batch(x);
    REQUIRE(same_bits(follows(x).value(), x));  // they were 0 and 1
    require_same_running(follows, batch);
    follows.eval();
    follows(x);
    require_same_running(follows, batch);
    follows.train();
    REQUIRE_FALSE(follows.use_batch_statistics);  // the option survives the modes
    REQUIRE(follows.update_running_statistics);
}

TEST_CASE("running statistics that are not updated stay, whether they normalize or the batch's do", "[variants]") {
    const bool use_batch_stats = GENERATE(true, false);
    BatchNorm2d norm({.num_features = 2, .use_batch_stats = use_batch_stats, .update_running_stats = false});
    const Tensor x = noise({6, 2, 4, 3}, 1, 3, 2);
    const bool by_running = relative_error(norm(x).value(), x) < 1e-4;  // they are 0 and 1
    CHECK(by_running != use_batch_stats);
    CHECK(norm.running.mean.values() == std::vector<Scalar>{0, 0});
    CHECK(norm.running.variance.values() == std::vector<Scalar>{1, 1});
    CHECK(norm.running.batches == 0);
}

TEST_CASE("a norm that is not trainable computes as in evaluation and learns nothing", "[variants]") {
    const auto norm = make_norm({.trainable = false}, 3);
    norm->train();
    const Tensor x = noise({6, 3, 4, 3}, 1, 3, 2), before = norm->forward(x).value();
    norm->eval();
    REQUIRE(same_bits(norm->forward(x).value(), before));
    for (const NamedParameter& each : parameters(*norm)) REQUIRE_FALSE(each.parameter.needs_gradient());
    REQUIRE(relative_error(before, x) < 1e-4);  // the running statistics are still 0 and 1
}

TEST_CASE("scale and center leave gamma or beta out", "[variants]") {
    const auto names = [](const Norm& norm) {
        std::string all;
        for (const NamedParameter& each : parameters(*make_norm(norm, 4))) all += each.name + " ";
        return all;
    };
    for (const NormType type : {NormType::batch, NormType::sync_batch, NormType::batch_renorm, NormType::ghost_batch,
                                NormType::l1_batch, NormType::group, NormType::layer, NormType::instance}) {
        REQUIRE(names({.type = type}) == "weight bias ");
        REQUIRE(names({.type = type, .center = false}) == "weight ");
        REQUIRE(names({.type = type, .scale = false}) == "bias ");
        REQUIRE(names({.type = type, .scale = false, .center = false}).empty());
    }
    REQUIRE(names({.type = NormType::rms, .scale = false}).empty());
}

// Of 1, 2, 4 and 9 the mean is 4 and the mean absolute deviation (3 + 2 + 0 + 5)/4 = 2.5.
TEST_CASE("an L1 batch norm divides by the mean absolute deviation times the root of pi/2", "[variants]") {
    L1BatchNorm2d norm({.num_features = 1, .eps = 0, .momentum = 1.0});
    const Tensor x = Tensor::of({4, 1, 1, 1}, {1, 2, 4, 9});
    const double sigma = std::sqrt(std::numbers::pi / 2) * 2.5;
    const Tensor y = norm(x).value();
    for (Index i = 0; i < 4; ++i) CHECK(near(double{y.data()[i]}, (double{x.data()[i]} - 4) / sigma, 1e-6));
    CHECK(near(double{norm.running.mean.data()[0]}, 4, 1e-6));
    CHECK(near(double{norm.running.variance.data()[0]}, sigma * sigma * 4 / 3, 1e-6));
    norm.eval();
    const Tensor evaluated = norm(x).value();
    CHECK(near(double{evaluated.data()[3]}, 5 / (sigma * std::sqrt(4.0 / 3)), 1e-6));
}

TEST_CASE("on normally distributed numbers an L1 batch norm is a batch norm", "[variants]") {
    Tensor x({64, 2, 16, 16});
    for (Index i = 0; i < x.elements(); ++i)
        x.mutable_data()[i] = static_cast<Scalar>(3 + 2 * random_normal({5, 1}, 0, static_cast<std::uint64_t>(i)));
    BatchNorm2d batch({.num_features = 2});
    L1BatchNorm2d l1({.num_features = 2});
    CHECK(relative_error(l1(x).value(), batch(x).value()) < 0.02);  // 16384 numbers: about 1/√n
    CHECK(relative_error(l1.running.variance, batch.running.variance) < 0.02);
}

TEST_CASE("the gradient of an L1 batch norm sums to nothing over a channel", "[variants]") {
    L1BatchNorm2d norm({.num_features = 3});
    const Var x = Var::parameter(noise({6, 3, 5, 5}, 1, 2, 3));
    Tape tape;
    tape.backward(norm(x), noise({6, 3, 5, 5}, 2));
    for (Index c = 0; c < 3; ++c) {
        double sum = 0;
        for (Index i = c; i < x.grad().elements(); i += 3) sum += x.grad().data()[i];
        CHECK(std::abs(sum) < 1e-4);
    }
}

TEST_CASE("a convolution with standardized weights does not feel their mean and length", "[variants]") {
    Conv2d conv({.in = 3, .out = 5, .bias = false, .weight_standardization = true});
    conv.reset_parameters(1, "");
    const Tensor x = noise({2, 3, 6, 6}, 1), y = conv(x).value();
    Tensor& w = conv.weight.mutable_value();
    for (Index i = 0; i < w.elements(); ++i) w.mutable_data()[i] = 20 * w.data()[i] + 7;
    REQUIRE(relative_error(conv(x).value(), y) < 1e-3);  // up to ε
}
