#include "lab/run/watcher.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

#include "framework/support/files.h"
#include "lab/model/evaluation.h"
#include "lab/run/training_loss.h"
#include "layers/activations.h"
#include "layers/running_statistics.h"

namespace normlab {
namespace {

constexpr Index kSample = 16384;   // numbers that percentiles are taken from
constexpr double kSaturated = 3;   // tanh' is 0.0099 there
constexpr double kEpsilon = 1e-5;  // of variances, as in the layers

// Up to kSample numbers, evenly spread. The stride has no divisor in common with the channels, so that all take part.
std::vector<Scalar> sample(const Tensor& x) {
    Index stride = (x.elements() + kSample - 1) / kSample;
    while (std::gcd(stride, as_images(x.shape()).C) != 1) ++stride;
    std::vector<Scalar> values;
    for (Index i = 0; i < x.elements(); i += stride) values.push_back(x.data()[i]);
    return values;
}

Spread spread_of(const Tensor& x) {
    std::vector<Scalar> values = sample(x);
    std::erase_if(values, [](Scalar value) { return std::isnan(value); });  // they have no order
    const auto percentile = [&](double share) -> double {
        if (values.empty()) return NAN;
        const auto at = values.begin() + std::lround(share * static_cast<double>(values.size() - 1));
        std::nth_element(values.begin(), at, values.end());
        return *at;
    };
    const auto [least, largest] = std::minmax_element(x.data(), x.data() + x.elements());
    return {*least, percentile(0.15), percentile(0.5), percentile(0.85), *largest};
}

// The share of the channels that are nowhere above 0.
double dead_share(const Tensor& y) {
    const Index C = as_images(y.shape()).C;
    std::vector<Scalar> largest(y.data(), y.data() + C);
    for (const Scalar *pixel = y.data(), *end = pixel + y.elements(); pixel != end; pixel += C)
        for (Index c = 0; c < C; ++c)
            largest[static_cast<std::size_t>(c)] = std::max(largest[static_cast<std::size_t>(c)], pixel[c]);
    return static_cast<double>(std::ranges::count_if(largest, [](Scalar v) { return v <= 0; })) /
           static_cast<double>(C);
}

double saturated_share(const Tensor& y) {
    const auto beyond =
        std::count_if(y.data(), y.data() + y.elements(), [](Scalar v) { return std::abs(v) > kSaturated; });
    return static_cast<double>(beyond) / static_cast<double>(y.elements());
}

// √mean((a − b)²) / √mean((b − mean b)²)
double gap(const std::vector<Scalar>& a, const std::vector<Scalar>& b) {
    const double count = static_cast<double>(b.size());
    const double mean = std::accumulate(b.begin(), b.end(), 0.0) / count;
    double difference = 0, variance = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
        difference += std::pow(double{a[i]} - double{b[i]}, 2);
        variance += std::pow(double{b[i]} - mean, 2);
    }
    return std::sqrt(difference / variance);
}

double length(const Tensor& x) {
    return std::sqrt(std::inner_product(x.data(), x.data() + x.elements(), x.data(), 0.0));
}

double distance(const Tensor& x, const Tensor& y) {
    double sum = 0;
    for (Index i = 0; i < x.elements(); ++i) sum += std::pow(double{x.data()[i]} - double{y.data()[i]}, 2);
    return std::sqrt(sum);
}

void compare_with_running(LayerLook& look, const Statistics& batch, const Tensor& running_mean,
                          const Tensor& running_variance) {
    const Index C = running_mean.elements();
    double means = 0, deviations = 0;
    for (Index c = 0; c < C; ++c) {
        const auto set = static_cast<std::size_t>(c);
        const double variance = running_variance.data()[c] + kEpsilon;
        means += std::pow(batch.mean[set] - running_mean.data()[c], 2) / variance;
        deviations += std::pow(std::log((batch.variance[set] + kEpsilon) / variance) / 2, 2);
    }
    look.mean_gap = std::sqrt(means / static_cast<double>(C));
    look.deviation_gap = std::sqrt(deviations / static_cast<double>(C));
}

bool is_activation(const Module& layer) {
    return dynamic_cast<const ActivationLayer*>(&layer) != nullptr;
}

}  // namespace

Watcher::Watcher(std::optional<WatchConfig> config, RunFolder folder, Module& model, bool writes)
    : config_(config), folder_(std::move(folder)), model_(model), writes_(writes) {
    for (const auto& [name, module] : modules(model))
        if (module->is_norm() || is_activation(*module)) names_[module] = name;
}

void Watcher::resume(Index step) {
    if (!std::filesystem::exists(folder_.watch())) return;
    const std::string all = read_file(folder_.watch());
    std::istringstream lines(all);
    for (const Look& look : parse_looks(all, folder_.watch().string())) {
        std::string line;
        std::getline(lines, line);
        if (look.step > step)
            written_ = false;
        else
            text_ += line + "\n";
    }
    write();
}

void Watcher::begin_step(Index step) {
    watching_ = config_ && (step == 1 || step % config_->every == 0);
    look_ = {.step = step};
}

void Watcher::evaluate(const Batch& batch, double smoothing, std::span<const double> class_weights) {
    if (!watching_) return;
    before_.clear();
    const EvalMode mode(model_);
    const ForwardListener listener([&](Module& layer, const Var&, const Var& y) {
        if (!names_.contains(&layer)) return;
        Before before{.evaluated = sample(y.value())};
        if (const RunningStatistics* running = running_statistics(layer))
            before.running_mean = running->mean.clone(), before.running_variance = running->variance.clone();
        before_[&layer] = std::move(before);
    });
    look_.eval_loss = double{training_loss(model_(batch.images), batch, smoothing, class_weights).value().item()};
}

Var Watcher::forward(const std::function<Var()>& compute) {
    if (!watching_) return compute();
    look_.layers.clear();
    normalized_.clear();
    const ForwardListener listener([&](Module& layer, const Var& x, const Var& y) { hear(layer, x, y); });
    const Var output = compute();
    normalized_.clear();
    return output;
}

// What a norm makes has been looked at when it enters an activation.
void Watcher::hear(Module& layer, const Var& x, const Var& y) {
    const auto name = names_.find(&layer);
    if (name == names_.end()) return;
    const auto is_input = [&](const Tensor& made) { return made.data() == x.value().data(); };
    if (is_activation(layer) && std::ranges::any_of(normalized_, is_input)) return;
    if (layer.is_norm()) normalized_.push_back(y.value());
    look_at(name->second, layer, x.value(), y.value());
}

void Watcher::look_at(const std::string& name, Module& layer, const Tensor& x, const Tensor& y) {
    const Before& before = before_.at(&layer);
    const Tensor& judged = layer.is_norm() ? y : x;  // what an activation gets
    LayerLook look{.name = name,
                   .kind = layer.kind(),
                   .before = spread_of(x),
                   .after = spread_of(y),
                   .dead = dead_share(judged),
                   .saturated = saturated_share(judged),
                   .eval_gap = gap(before.evaluated, sample(y))};
    if (before.running_mean.defined())
        compare_with_running(look, dynamic_cast<KeepsRunningStatistics&>(layer).statistics_of_batch(x),
                             before.running_mean, before.running_variance);
    look_.layers.push_back(look);
}

void Watcher::before_update(const std::vector<NamedParameter>& parameters) {
    if (!watching_) return;
    weights_.clear();
    for (const auto& [name, parameter, owner] : parameters) {
        if (!parameter.grad().defined()) continue;
        weights_[name] = parameter.value().clone();
        look_.parameters.push_back({.name = name,
                                    .gradient = length(parameter.grad()) / length(parameter.value()),
                                    .weights = spread_of(parameter.value()),
                                    .gradients = spread_of(parameter.grad())});
    }
}

void Watcher::after_update(Index epoch, const std::vector<NamedParameter>& parameters) {
    if (!watching_) return;
    auto look = look_.parameters.begin();
    for (const auto& [name, parameter, owner] : parameters) {
        const auto before = weights_.find(name);
        if (before == weights_.end()) continue;
        (look++)->update = distance(parameter.value(), before->second) / length(before->second);
    }
    look_.epoch = epoch;
    text_ += to_json(look_).dump() + "\n";
    written_ = false;
}

void Watcher::write() {
    if (written_ || !writes_) return;
    replace_file(folder_.watch(), text_);
    written_ = true;
}

}  // namespace normlab
