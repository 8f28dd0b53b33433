#include "layers/layer_kinds.h"

#include "layers/activations.h"
#include "layers/containers.h"
#include "layers/conv2d.h"
#include "layers/dropout.h"
#include "layers/init_options.h"
#include "layers/linear.h"
#include "layers/pool2d.h"

namespace normlab {
namespace {

constexpr WholeRange kFromOne{1, kManyPixels}, kFromZero{0, kManyPixels};

constexpr const char* kAboutInit = "How the weights are drawn; by default as the model's key says";

FieldValue padding_field(Padding& padding) {
    const FieldValue amount = pair_field(padding.amount, kFromZero);
    return {.read =
                [=, &padding](const Json& json, const std::string& path) {
                    padding.same = json == "same";
                    if (!padding.same) amount.read(json, path);
                },
            .write = [=, &padding] { return padding.same ? Json("same") : amount.write(); },
            .schema = {{"anyOf", {{{"const", "same"}}, amount.schema}}}};
}

}  // namespace

static void fields(Fields& f, Conv2dOptions& o) {
    f.require_key("out");
    f.whole("out", o.out, {1, kMany}, "Output channels");
    f.pair("kernel", o.kernel, kFromOne, "The kernel's size; [height, width] or one number for both");
    f.pair("stride", o.stride, kFromOne, "Pixels from one position of the kernel to the next");
    f.value("padding", padding_field(o.padding), "Zeros around the image, or \"same\": the image keeps its size");
    f.pair("dilation", o.dilation, kFromOne, "Pixels from one element of the kernel to the next");
    f.whole("groups", o.groups, {1, kMany}, "Groups of channels that are convolved separately");
    f.flag("bias", o.bias, "An offset for each channel is learned; useless before a norm");
    f.value("init", init_field(o.init), kAboutInit);
    f.flag("weight_standardization", o.weight_standardization,
           "Each kernel is normalized to mean 0 and variance 1; by default as the model's key says");
}

static void fields(Fields& f, LinearOptions& o) {
    f.whole("out", o.out, {1, kMany}, "Number of outputs; by default one for each class");
    f.flag("bias", o.bias, "An offset for each output is learned");
    f.value("init", init_field(o.init), kAboutInit);
}

static void fields(Fields& f, LeakyReLU::Options& o) {
    f.number("negative_slope", o.negative_slope, kAnyNumber, "The slope below 0");
}

static void fields(Fields& f, GELU::Options& o) {
    f.choice("approximate", o.tanh_approximation, {{"none", false}, {"tanh", true}},
             "tanh: the approximation with tanh");
}

static void fields(Fields& f, DropoutOptions& o) {
    f.number("p", o.p, kFraction, "The probability of 0");
}

static void fields(Fields& f, MaxPoolOptions& o) {
    f.pair("kernel", o.kernel, kFromOne, "The window's size");
    f.pair("stride", o.stride, kFromZero, "0: the kernel's size");
    f.pair("padding", o.padding, kFromZero, "Around the image");
    f.pair("dilation", o.dilation, kFromOne, "Pixels from one element of the window to the next");
    f.flag("ceil_mode", o.ceil_mode, "A window may end beyond the image");
}

static void fields(Fields& f, AvgPoolOptions& o) {
    f.pair("kernel", o.kernel, kFromOne, "The window's size");
    f.pair("stride", o.stride, kFromZero, "0: the kernel's size");
    f.pair("padding", o.padding, kFromZero, "Zeros around the image");
    f.flag("ceil_mode", o.ceil_mode, "A window may end beyond the image");
    f.flag("count_include_pad", o.count_include_pad, "Zeros of the padding count in the mean");
    std::optional<Index> divisor;
    f.whole("divisor_override", divisor, {1, kMany}, "What the sum is divided by; null: the number of pixels");
    o.divisor_override = divisor.value_or(0);
}

const std::vector<LayerKind>& plain_layer_kinds() {
    static const std::vector<LayerKind> all = {
        layer_kind<Conv2d, Conv2dOptions>("conv2d", "A convolution",
                                          [](const LayerContext& at) {
                                              return Conv2dOptions{.in = at.channels(),
                                                                   .init = at.init,
                                                                   .weight_standardization = at.weight_standardization};
                                          }),
        layer_kind<Linear, LinearOptions>("linear", "Weighted sums of all inputs",
                                          [](const LayerContext& at) {
                                              return LinearOptions{
                                                  .in = at.channels(), .out = at.classes, .init = at.init};
                                          }),
        plain_kind<ReLU>("relu", "max(0, x)"),
        layer_kind<LeakyReLU, LeakyReLU::Options>("leaky_relu", "x, or negative_slope x where x is below 0"),
        plain_kind<Sigmoid>("sigmoid", "1 / (1 + exp(-x))"),
        plain_kind<Tanh>("tanh", "tanh x"),
        layer_kind<GELU, GELU::Options>("gelu", "x times the share of a normal distribution below x"),
        plain_kind<SiLU>("silu", "x sigmoid(x)"),
        layer_kind<Dropout, DropoutOptions>("dropout", "Each number is set to 0 with probability p while training"),
        layer_kind<Dropout2d, DropoutOptions>("dropout2d",
                                              "Each channel is set to 0 with probability p while training"),
        layer_kind<MaxPool2d, MaxPoolOptions>("max_pool2d", "The maximum of each window"),
        layer_kind<AvgPool2d, AvgPoolOptions>("avg_pool2d", "The mean of each window"),
        plain_kind<GlobalAvgPool2d>("global_avg_pool2d", "The mean of each channel"),
        plain_kind<GlobalMaxPool2d>("global_max_pool2d", "The maximum of each channel"),
        plain_kind<Flatten>("flatten", "(C,H,W) to one row, in PyTorch's order"),
        plain_kind<Identity>("identity", "x"),
    };
    return all;
}

}  // namespace normlab
