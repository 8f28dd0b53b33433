#include <algorithm>

#include "lab/claims/experiments/affine.h"
#include "lab/claims/workbench/fit.h"
#include "lab/claims/workbench/tensors.h"
#include "lab/model/evaluation.h"
#include "lab/text/statistics.h"
#include "layers/batch_norm2d.h"

namespace normlab {
namespace {

using Values = std::vector<double>;

const std::string kOff = R"({"type":"batch","scale":false,"center":false})",
                  kNoShift = R"({"type":"batch","center":false})";

AffineCase dense(const std::string& name, const std::string& module, const std::string& activation,
                 const std::string& norm = "batch") {
    return {name, module, {.layers = mlp(3, 100, activation), .norm = norm}, 12'000, {.rate = 1, .steps = 2000}};
}
AffineCase conv(const std::string& name, const std::string& norm = "batch") {
    return {name, "ReLU", {.layers = vgg6(), .norm = norm}, 4000, {.rate = 0.2, .steps = 248}};
}

std::vector<HeardInput> activation_inputs(Module& net, const Tensor& images, const std::string& activation) {
    const TrainMode mode(net);
    return inputs_of(net, images, [&](const Module& module) { return module.kind() == activation; });
}

Values all_values(const std::vector<HeardInput>& inputs) {
    Values all;
    for (const HeardInput& each : inputs)
        all.insert(all.end(), each.input.data(), each.input.data() + each.input.elements());
    return all;
}

std::vector<BatchNorm2d*> norms(Module& net) {
    std::vector<BatchNorm2d*> all;
    for (const NamedModule& each : modules(net))
        if (auto* norm = dynamic_cast<BatchNorm2d*>(each.module)) all.push_back(norm);
    return all;
}

Values numbers_of(const Var& parameter) {
    if (!parameter.defined()) return {};
    const Tensor& value = parameter.value();
    return Values(value.data(), value.data() + value.elements());
}

}  // namespace

AffineCase sigmoids() {
    return dense("MLP, sigmoid", "Sigmoid", "sigmoid");
}
AffineCase sigmoids_without() {
    return dense("MLP, sigmoid, no γ and β", "Sigmoid", "sigmoid", kOff);
}
AffineCase straight() {
    return dense("MLP, no activation, no γ and β", "Identity", "identity", kOff);
}
AffineCase relus() {
    return dense("MLP, ReLU", "ReLU", "relu");
}
AffineCase relus_without() {
    return dense("MLP, ReLU, no γ and β", "ReLU", "relu", kOff);
}
AffineCase convolutions() {
    return conv("VGG6");
}
AffineCase convolutions_without_shift() {
    return conv("VGG6, no β", kNoShift);
}
AffineCase convolutions_without() {
    return conv("VGG6, no γ and β", kOff);
}

double linearity(Module& net, const Tensor& images, const std::string& activation) {
    double sum = 0, units = 0;
    for (const auto& [module, input] : activation_inputs(net, images, activation)) {
        const Tensor output = (*module)(input).value();
        for (Index c = 0; c < input.shape()[1]; ++c, ++units)
            sum += line_through(channel_values(input, c), channel_values(output, c)).explained;
    }
    return sum / units;
}

double share_positive(const Values& values) {
    const auto positive = std::ranges::count_if(values, [](double value) { return value > 0; });
    return static_cast<double>(positive) / static_cast<double>(values.size());
}

Numbers train_affine(Workbench& bench, const AffineCase& tried, std::uint64_t seed) {
    const DataSet& digits = bench.images("digits", tried.images, 1000);
    const auto net = make_net(tried.plan, seed);
    const Tensor images = first_batches(digits, 200, 1)[0].images;
    Numbers found;
    const auto look = [&] {
        const Values inputs = all_values(activation_inputs(*net, images, tried.activation));
        found["linearity"].push_back(linearity(*net, images, tried.activation));
        found["positive"].push_back(share_positive(inputs));
        const Values shares = histogram(inputs, -6, 6, kBins).share;
        found["inputs"].insert(found["inputs"].end(), shares.begin(), shares.end());
    };
    look();
    const Index steps = bench.steps(tried.recipe.steps), every = std::max(steps / 100, Index{1});
    Values accuracies;  // at a constant rate it never rests: the mean over the last tenth of the steps counts
    bench.train(*net, digits, tried.recipe, seed, [&](Index step, const Batch&) {
        if (step >= steps - steps / 10 && step % every == 0) accuracies.push_back(100 * test_accuracy(*net, digits));
    });
    accuracies.push_back(100 * test_accuracy(*net, digits));
    found["accuracy"] = {sample_of(accuracies).mean};
    look();
    int layer = 0;
    for (const BatchNorm2d* norm : norms(*net)) {
        for (const auto& [name_of, parameter] : {std::pair{"γ", norm->weight}, std::pair{"β", norm->bias}}) {
            const Values values = numbers_of(parameter);
            found[std::string(name_of) + " " + std::to_string(layer)] = values;
            found[name_of].insert(found[name_of].end(), values.begin(), values.end());
        }
        ++layer;
    }
    return found;
}

Picture learned(const Trials& runs, const AffineCase& of, const Words& net, const std::string& what,
                const std::array<int, 3>& norms, double low, double high) {
    Plot plot{.title = {what + " in the end, " + net.en, "학습 뒤의 " + what + ", " + net.ko},
              .x = {what, what},
              .y = {"share of the channels", "채널의 비율"}};
    for (const int norm : norms) {
        const std::string number = std::to_string(norm);
        plot.curves.push_back(bars({"norm " + number, "정규화 " + number},
                                   histogram(runs.list(of, what + " " + number), low, high, 30),
                                   static_cast<int>(plot.curves.size())));
    }
    return plot;
}

}  // namespace normlab
