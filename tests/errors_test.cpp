// Each misuse is an Error that names the op, the rule and the shapes.
#include "framework/ops/arithmetic.h"
#include "framework/ops/loss.h"
#include "framework/ops/softmax.h"
#include "layers/layers.h"
#include "tests/catch.h"
#include "tests/support.h"

// clang-format off
// Tables, a line for each case where it fits.

using namespace normlab;
using namespace normlab::test;

namespace {
Tensor zeros(const Shape& shape) { return Tensor::zeros(shape); }
}  // namespace

TEST_CASE("bad shapes: the error names op, rule and shapes", "[error]") {
    const Tensor images = zeros({8, 3, 32, 32});
    struct Misuse {
        std::function<void()> work;
        std::string error;
    };
    constexpr Index huge = Index{1} << 62;
    const std::vector<Misuse> misuses = {
        {[&] { conv2d(images, zeros({32, 16, 3, 3}), {}, {}); },
         "[conv2d] input has 3 channels, weight expects 16: input (8,3,32,32), weight (32,16,3,3)"},
        {[&] { conv2d(zeros({8, 3}), zeros({32, 3, 3, 3}), {}, {}); },
         "[conv2d] input must be (N,C,H,W) and weight (K,C/groups,R,S): input (8,3), weight (32,3,3,3)"},
        {[&] { conv2d(images, zeros({4, 3, 3, 3}), zeros({5}), {}); },
         "[conv2d] bias must be (4), one for each output: bias (5), weight (4,3,3,3)"},
        {[&] { conv2d(images, zeros({4, 1, 3, 3}), {}, {.groups = 2}); },
         "[conv2d] groups must divide both channel counts: 2 groups, input (8,3,32,32), weight (4,1,3,3)"},
        {[&] { conv2d(zeros({1, 3, 2, 2}), zeros({4, 3, 3, 3}), {}, {}); },
         "[conv2d] the kernel is larger than the padded input: kernel reaches over 3x3 pixels, padded input has 2x2: "
         "input (1,3,2,2), weight (4,3,3,3)"},
        {[&] { conv2d(images, zeros({4, 3, 3, 3}), {}, {.stride = 2, .padding = Padding::Same()}); },
         "[conv2d] padding \"same\" needs stride 1, got (2,2)"},
        {[&] { conv2d(images, zeros({4, 3, 3, 3}), {}, {.stride = 0}); }, "[conv2d] stride and dilation must be at least 1"},
        {[&] { linear(images, zeros({10, 3072}), {}); },
         "[linear] input must be (N,in) and weight (out,in): input (8,3,32,32), weight (10,3072); flatten comes before a "
         "linear layer"},
        {[&] { conv2d(zeros({0, 3, 8, 8}), zeros({4, 3, 3, 3}), {}, {}); },
         "[conv2d] a tensor without elements: (0,3,8,8)"},
        {[&] { conv2d(images, zeros({4, 3, 0, 3}), {}, {}); }, "[conv2d] a tensor without elements: (4,3,0,3)"},
        {[&] { linear(zeros({0, 5}), zeros({10, 5}), {}); }, "[linear] a tensor without elements: (0,5)"},
        {[&] { max_pool2d(zeros({1, 0, 2, 2}), {.kernel = 2}); }, "[max_pool2d] a tensor without elements: (1,0,2,2)"},
        {[&] { GroupNorm({.num_groups = 1, .num_channels = 3})(zeros({0, 3, 2, 2})); },
         "[normalize] a tensor without elements: (0,3,2,2)"},
        {[&] { flatten(zeros({2, 3, 4})); }, "[flatten] input must be (N,C,H,W) or (N,C), got (2,3,4)"},
        {[&] { Shape({Index{1} << 32, Index{1} << 31}); },
         "[shape] more numbers than any memory holds: (4294967296,2147483648)"},
        {[&] { linear(zeros({8, 5}), zeros({10, 4}), {}); }, "input (8,5), weight (10,4)"},
        {[&] { add(images, zeros({8, 3, 16, 16})); },
         "[add] from the last axis on, sizes must be equal or 1: (8,3,32,32) and (8,3,16,16)"},
        {[&] { multiply(images, zeros({3})); }, "[multiply] from the last axis on, sizes must be equal or 1: (8,3,32,32) and (3)"},
        {[&] { broadcast(images, {3, 32, 32}); }, "[broadcast] (8,3,32,32) cannot be repeated to (3,32,32)"},
        {[&] { sum_to(zeros({8, 1}), {8, 10}); }, "[sum_to] (8,10) cannot be repeated to (8,1)"},
        {[&] { mean(zeros({0, 3})); }, "[mean_to] a tensor without elements: (0,3)"},
        {[&] { log_softmax(1); }, "[log_softmax] needs channels, got a single number"},
        {[&] { concatenate({images, zeros({8, 3, 16, 16})}); }, "[concatenate] all must be (N,C,H,W) and differ in C only"},
        {[&] { max_pool2d(zeros({1, 1, 2, 2}), {.kernel = 3}); },
         "[max_pool2d] the window is larger than the padded input: window (3,3), padding (0,0), input (1,1,2,2)"},
        {[&] { avg_pool2d(images, {.kernel = 2, .padding = 2}); },
         "[avg_pool2d] padding must be between 0 and half of the kernel: padding (2,2), kernel (2,2)"},
        {[&] { max_pool2d(zeros({1, 1, 1, 4}), {.kernel = 2, .padding = 1, .dilation = 2}); },
         "[max_pool2d] a window would lie entirely in the padding: dilation (2,2), input (1,1,1,4)"},
        {[&] { conv2d(images, zeros({16, 3, 3, 3}), {}, {.padding = huge}); },
         "[conv2d] stride, padding and dilation must be at most 65536: stride (1,1), padding (4611686018427387904,"},
        {[&] { conv2d(images, zeros({16, 3, 3, 3}), {}, {.stride = {1, huge}}); },
         "[conv2d] stride, padding and dilation must be at most 65536: stride (1,4611686018427387904)"},
        {[&] { conv2d(images, zeros({16, 3, 3, 3}), {}, {.dilation = huge}); },
         "[conv2d] stride, padding and dilation must be at most 65536: stride (1,1), padding (0,0), dilation (46"},
        {[&] { conv2d(images, zeros({16, 3, 3, 3}), {}, {.padding = Padding::Same(), .dilation = huge}); },
         "[conv2d] stride, padding and dilation must be at most 65536"},
        {[&] { max_pool2d(images, {.kernel = huge}); },
         "[max_pool2d] the window is larger than the padded input: window (4611686018427387904,4611686018427387904)"},
        {[&] { max_pool2d(images, {.kernel = huge, .padding = huge / 2}); },
         "[max_pool2d] stride, padding and dilation must be at most 65536"},
        {[&] { max_pool2d(images, {.dilation = huge}); },
         "[max_pool2d] stride, padding and dilation must be at most 65536"},
        {[&] { avg_pool2d(images, {.stride = 2 * (huge - 1), .ceil_mode = true}); },
         "[avg_pool2d] stride, padding and dilation must be at most 65536"},
        {[&] { avg_pool2d(images, {.kernel = 3, .padding = huge}); },
         "[avg_pool2d] stride, padding and dilation must be at most 65536"},
        {[&] { global_avg_pool2d(zeros({8, 3})); }, "[global_avg_pool2d] input must be (N,C,H,W), got (8,3)"},
        {[&] { cross_entropy(zeros({2, 10}), {1}); },
         "[cross_entropy] needs one label for each row of the logits: 1 labels, logits (2,10)"},
        {[&] { cross_entropy(zeros({2, 10}), {1, 10}); }, "[cross_entropy] label 10 of row 1 is not a class: logits (2,10)"},
        {[&] { cross_entropy(images, {1}); }, "[cross_entropy] logits must be (N,K), got (8,3,32,32)"},
        {[&] { cross_entropy(zeros({1, 2}), {1}, 1.5); }, "[cross_entropy] label_smoothing must be in [0, 1], got 1.5"},
        {[&] { cross_entropy(zeros({1, 2}), {1}, 0, std::vector<double>(3)); },
         "[cross_entropy] needs one weight for each class: 3 weights, logits (1,2)"},
        {[&] { mse(zeros({2, 3}), zeros({3, 2})); }, "[mse] input and target must have the same shape: (2,3) and (3,2)"},
        {[&] { dropout(images, 1, {}, 0); }, "[dropout] p must be in [0, 1), got 1"},
        {[&] { dropout2d(zeros({8, 3}), 0.5, {}, 0); }, "[dropout2d] input must be (N,C,H,W), got (8,3)"},
        {[&] { Tensor::of({2, 2}, {1, 2, 3}); }, "[tensor] shape (2,2) holds 4 numbers, got 3"},
        {[&] { images.viewed_as({8, 3}); }, "[tensor] cannot view (8,3,32,32) as (8,3)"},
        {[&] { images.item(); }, "[tensor] item() needs a tensor of one element, shape is (8,3,32,32)"},
    };
    for (const Misuse& misuse : misuses) {
        INFO(misuse.error);
        CHECK(contains(error_of(misuse.work), misuse.error));
    }
}

TEST_CASE("bad options and inputs of layers: the error names the layer", "[error]") {
    struct Misuse {
        std::function<void()> work;
        std::string error;
    };
    const Tensor images = zeros({8, 3, 32, 32});
    const std::vector<Misuse> misuses = {
        {[] { Conv2d({.out = 3}); }, "[Conv2d] in and out must be at least 1, got in 0, out 3"},
        {[] { Conv2d({.in = 4, .out = 6, .groups = 4}); }, "[Conv2d] groups must divide in and out: 4 groups, in 4, out 6"},
        {[] { Conv2d({.in = 4, .out = 4, .kernel = Index{1} << 62, .weight_standardization = true}); },
         "[Conv2d] kernel must be from 1 to 65536, got (4611686018427387904,4611686018427387904)"},
        {[] { Conv2d({.in = 4, .out = 4, .kernel = {3, 0}}); }, "[Conv2d] kernel must be from 1 to 65536, got (3,0)"},
        {[] { Linear({.in = 4}); }, "[Linear] in and out must be at least 1, got in 4, out 0"},
        {[] { BatchNorm2d({}); }, "[BatchNorm2d] num_features must be at least 1, got 0"},
        {[] { BatchNorm2d({.num_features = 3, .momentum = 1.5}); }, "[BatchNorm2d] momentum must be in [0, 1] or none, got 1.5"},
        {[] { BatchNorm2d({.num_features = 3, .eps = -1}); }, "[BatchNorm2d] eps cannot be negative, got -1"},
        {[&] { BatchNorm2d({.num_features = 4})(images); },
         "[BatchNorm2d] input has 3 channels, the layer 4: input (8,3,32,32)"},
        {[] { BatchNorm2d({.num_features = 3, .track_running_stats = false, .use_batch_stats = false}); },
         "[BatchNorm2d] without the batch's statistics (use_batch_stats) there must be running ones"},
        {[] { BatchRenorm2d({.batch = {.num_features = 3, .track_running_stats = false}}); },
         "[BatchRenorm2d] needs running statistics: track_running_stats cannot be false"},
        {[] { BatchRenorm2d({.batch = {.num_features = 3}, .r_max = 0.5}); },
         "[BatchRenorm2d] r_max must be at least 1 and d_max at least 0, got r_max 0.5, d_max 5"},
        {[] { BatchRenorm2d({.batch = {.num_features = 3}, .relax_from = 0.5}); },
         "[BatchRenorm2d] relax_from, relax_d_until and relax_r_until are shares of the run"},
        {[] { GhostBatchNorm2d({.batch = {.num_features = 3}, .virtual_batch_size = 0}); },
         "[GhostBatchNorm2d] virtual_batch_size must be at least 1, got 0"},
        {[] { GhostBatchNorm2d({.batch = {.num_features = 3}, .virtual_batch_size = 4})(zeros({9, 3})); },
         "[GhostBatchNorm2d] Expected more than 1 value per channel when training: input (9,3), of which 4 images share "
         "statistics; use larger batches"},
        {[] { Conv2d({.in = 1, .out = 3, .kernel = 1, .weight_standardization = true}); },
         "[Conv2d] weight_standardization needs more than one weight for each output channel"},
        {[] { GroupNorm({.num_groups = 4, .num_channels = 6}); },
         "[GroupNorm] num_groups must divide num_channels: 4 groups, 6 channels"},
        {[&] { GroupNorm({.num_groups = 2, .num_channels = 6})(images); },
         "[GroupNorm] input must have 6 channels, got (8,3,32,32)"},
        {[&] { LayerNorm({.normalized_shape = {3, 16, 16}})(images); },
         "[LayerNorm] each image must have the shape (3,16,16): input (8,3,32,32)"},
        {[] { LayerNorm({.normalized_shape = {3, 16}}); },
         "[LayerNorm] normalized_shape must be (C,H,W) or (C), all axes but the batch, got (3,16)"},
        {[&] { InstanceNorm2d({.num_features = 3})(zeros({8, 3})); },
         "[InstanceNorm2d] input (8,3) has one value for each channel of an image: minus its mean that is 0. Group or "
         "layer norm share a mean between channels"},
        {[&] { InstanceNorm2d({.num_features = 3})(zeros({8, 3, 1, 1})); },
         "[InstanceNorm2d] Expected more than 1 spatial element when training, got input (8,3,1,1)"},
        {[&] { RMSNorm({.num_channels = 4})(images); }, "[RMSNorm] input must have 4 channels, got (8,3,32,32)"},
        {[] { Dropout({.p = 1}); }, "[Dropout] p must be in [0, 1), got 1"},
        {[&] { Residual(Sequential(Conv2d({.in = 3, .out = 4})))(images); },
         "[Residual] the layers turn (8,3,32,32) into (8,4,30,30), the shortcut into (8,3,32,32); both must agree"},
        {[] { ResNet({}, 21); }, "[resnet] depth must be 6n + 2"},
    };
    for (const Misuse& misuse : misuses) {
        INFO(misuse.error);
        CHECK(contains(error_of(misuse.work), misuse.error));
    }
}

TEST_CASE("JSON that is nested deeper than any of ours is taken for none", "[error]") {
    const auto nested = [](int depth) {
        const auto times = static_cast<std::size_t>(depth);
        return std::string(times, '[') + std::string(times, ']');
    };
    REQUIRE_FALSE(parse_json(nested(kDeepestJson)).is_discarded());
    REQUIRE(parse_json(nested(kDeepestJson + 1)).is_discarded());
    REQUIRE(parse_json("{\"a\": " + nested(100000) + "}").is_discarded());
    REQUIRE(parse_json("{]").is_discarded());
}
