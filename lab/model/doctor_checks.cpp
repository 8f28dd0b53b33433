#include "lab/model/doctor_checks.h"

#include <algorithm>
#include <cmath>

#include "framework/state.h"
#include "framework/support/shell.h"
#include "lab/model/fold.h"
#include "lab/text/statistics.h"
#include "lab/text/table.h"
#include "layers/batch_norm2d.h"
#include "layers/conv2d.h"
#include "layers/linear.h"

namespace normlab {
namespace {

constexpr double kFar = 2;             // variances whose ratio is beyond this are far apart,
constexpr double kShifted = 0.5;       // and so are means this many deviations apart
constexpr double kNearlyRight = 0.05;  // in both respects: what is nearer than this is right
constexpr double kAccuracyGap = 0.05;  // train mode above eval mode
constexpr double kNoVariance = 1e-8;   // a variance that the usual eps of 1e-5 hides altogether
constexpr double kNoisy = 0.25;        // deviations by which a batch's mean is off
constexpr double kForgotten = 0.01;    // share of the initial statistics that may be left
constexpr double kDeadShare = 0.1;     // of a layer's channels
constexpr double kDropoutShift = 0.1;  // in the variance

// The layers for which it is true.
template <class Is>
std::vector<LayerHealth> those(const Examination& seen, const Is& is) {
    std::vector<LayerHealth> found;
    std::ranges::copy_if(seen.layers, std::back_inserter(found), is);
    return found;
}

std::vector<std::string> names_of(const std::vector<LayerHealth>& layers) {
    std::vector<std::string> names;
    for (const LayerHealth& each : layers) names.push_back(each.name);
    return names;
}

bool is_far(const LayerHealth& layer) {
    return layer.variance_ratio > kFar || layer.variance_ratio < 1 / kFar || layer.mean_shift > kShifted;
}

// The command that re-estimates the statistics from the images that were examined.
std::string recalibration(const Examination& seen) {
    std::vector<std::string> words = {"bn", seen.file, "--recalibrate"};
    words.insert(words.end(), seen.images.begin(), seen.images.end());
    words.insert(words.end(), {"--out", "FILE"});
    return command(words);
}

// The statistics are close to the images' own, whatever the number of batches.
bool is_near(const LayerHealth& layer) {
    return std::abs(std::log(layer.variance_ratio)) < kNearlyRight && layer.mean_shift < kNearlyRight;
}

// How much of their initial values the running statistics still hold; empty if all batches count alike.
std::optional<double> share_of_the_beginning(Module& module) {
    const auto* norm = dynamic_cast<const BatchNorm2d*>(&module);
    const RunningStatistics* running = running_statistics(module);
    if (norm == nullptr || running == nullptr || running->batches == 0 || !norm->options.momentum) return std::nullopt;
    return std::pow(1 - *norm->options.momentum, static_cast<double>(running->batches));
}

}  // namespace

void check_finite(const Model& model, Findings& findings) {
    for (const auto& [name, tensor] : state_dict(*model.module).tensors) {
        if (std::all_of(tensor->data(), tensor->data() + tensor->elements(), [](Scalar v) { return std::isfinite(v); }))
            continue;
        findings.push_back({"not-finite",
                            {name},
                            "there are numbers in " + name +
                                " that are not finite: nothing that the "
                                "model computes means anything",
                            "go back to a checkpoint from before; a lower optim.lr, "
                            "schedule.warmup_epochs or train.clip_grad_norm keeps the run from diverging"});
        return;  // what comes after the first such layer follows from it
    }
}

void check_never_updated(const Examination& seen, Findings& findings) {
    const auto found = those(seen, [](const LayerHealth& layer) { return layer.batches == 0; });
    if (found.empty()) return;
    findings.push_back({"never-updated", names_of(found),
                        "the running statistics have never seen a batch: eval mode "
                        "normalizes with what they began as",
                        "estimate them", recalibration(seen)});
}

void check_momentum(const Examination& seen, Findings& findings) {
    Finding finding{.kind = "momentum-too-small"};
    double most = 0;
    for (std::size_t i = 0; i < seen.clean.size(); ++i) {
        const auto share = share_of_the_beginning(*seen.clean[i].module);
        if (!share || *share <= kForgotten || is_near(seen.layers[i])) continue;
        finding.layers.push_back(seen.layers[i].name);
        most = std::max(most, *share);
    }
    if (finding.layers.empty()) return;
    finding.what = "momentum is too small for so few steps: the running statistics are still " + percent(most) +
                   " what they began as";
    finding.remedy = "a larger model.norm.momentum, or null; in this model re-estimate the statistics";
    finding.command = recalibration(seen);
    finding.numbers = {{"share", most}};
    findings.push_back(finding);
}

void check_far_apart(const Examination& seen, Findings& findings) {
    const auto found = those(seen, [](const LayerHealth& layer) { return layer.batches > 0 && is_far(layer); });
    if (found.empty()) return;
    const LayerHealth& first = found.front();
    findings.push_back({"far-from-population",
                        names_of(found),
                        "the running statistics are not those of these images: in " + first.name +
                            " the running variance is " + fixed(first.variance_ratio, 2) +
                            " times the images', the means are " + fixed(first.mean_shift, 2) + " deviations apart",
                        "on new data re-estimate them; otherwise look for training images that differ from these",
                        recalibration(seen),
                        {{"variance_ratio", first.variance_ratio}, {"mean_shift", first.mean_shift}}});
}

void check_modes(const Examination& seen, Findings& findings) {
    if (seen.train_accuracy - seen.eval_accuracy <= kAccuracyGap) return;
    findings.push_back({"train-above-eval",
                        {},
                        "in train mode " + percent(seen.train_accuracy) +
                            " of the test images are "
                            "right, in eval mode " +
                            percent(seen.eval_accuracy) +
                            ": the weights know more than the running "
                            "statistics let through",
                        "re-estimate the running statistics",
                        recalibration(seen),
                        {{"train", seen.train_accuracy}, {"eval", seen.eval_accuracy}}});
}

void check_variance(const Examination& seen, Findings& findings) {
    Finding finding{.kind = "variance-near-zero"};
    for (const NamedPopulation& each : seen.clean) {
        const Tensor& running = running_statistics(*each.module)->variance;
        const bool tiny =
            std::any_of(running.data(), running.data() + running.elements(), [](Scalar v) { return v < kNoVariance; });
        if (tiny || std::ranges::min(each.population.variance()) < kNoVariance) finding.layers.push_back(each.name);
    }
    if (finding.layers.empty()) return;
    finding.what = "channels do not vary: in " + finding.layers.front() +
                   ", the first, a variance is below 1e-8, so that "
                   "eps decides alone and a small change of the input becomes a large one of the output";
    finding.remedy = "look at what comes before it: weights that have become zero, or an input that is constant";
    findings.push_back(finding);
}

void check_dead_channels(const Examination& seen, Findings& findings) {
    const auto many = [](Index dead, Index of) {
        return static_cast<double>(dead) >= kDeadShare * static_cast<double>(of);
    };
    Finding finding{.kind = "dead-channels"};
    Index dead = 0, of = 0;
    const auto note = [&](const std::string& name, Index count, Index channels) {
        if (count == 0 || !many(count, channels)) return;
        finding.layers.push_back(name);
        dead += count, of += channels;
    };
    for (const LayerHealth& layer : seen.layers) note(layer.name, layer.without_scale, layer.channels);
    for (const auto& [name, count] : seen.silent) note(name, count, seen.channels.at(name));
    if (finding.layers.empty()) return;
    finding.what = grouped(dead) + " of " + grouped(of) +
                   " channels of these layers are dead: their scale is about 0, or "
                   "they are 0 for every image";
    finding.remedy =
        "a lower optim.lr, schedule.warmup_epochs, or optim.decay_norm_and_bias false; a smaller net does as well";
    finding.numbers = {{"dead", dead}, {"channels", of}};
    findings.push_back(finding);
}

void check_batch_size(const Examination& seen, Findings& findings) {
    const auto found = those(seen, [](const LayerHealth& layer) { return layer.mean_noise > kNoisy; });
    if (found.empty()) return;
    const auto& worst = *std::ranges::max_element(found, {}, &LayerHealth::mean_noise);
    findings.push_back({"batch-too-small",
                        names_of(found),
                        "batches of " + grouped(seen.train_batch) +
                            " are too small for "
                            "batch norm: in " +
                            worst.name + " a batch has " + grouped(worst.values) +
                            " values of a channel, "
                            "and its mean is off by " +
                            fixed(worst.mean_noise, 2) + " deviations",
                        "a larger data.batch_size; or model.norm group or batch_renorm, or frozen batch norms",
                        "",
                        {{"values", worst.values}, {"mean_noise", worst.mean_noise}}});
}

void check_dropout(const Examination& seen, Findings& findings) {
    Finding finding{.kind = "dropout-before-norm"};
    double most = 1;
    for (std::size_t i = 0; i < seen.dropped.size(); ++i) {
        const std::vector<double> clean = seen.clean[i].population.variance(),
                                  with = seen.dropped[i].population.variance();
        std::vector<double> ratios;
        for (std::size_t c = 0; c < clean.size(); ++c)
            if (clean[c] > kNoVariance) ratios.push_back(with[c] / clean[c]);
        const double ratio = ratios.empty() ? 1 : median_of(ratios);
        if (std::abs(ratio - 1) <= kDropoutShift) continue;
        finding.layers.push_back(seen.clean[i].name);
        if (std::abs(std::log(ratio)) > std::abs(std::log(most))) most = ratio;
    }
    if (finding.layers.empty()) return;
    finding.what = "dropout before a norm makes its input vary " + fixed(most, 2) +
                   " times as much in training as in "
                   "evaluation: the running statistics fit neither";
    finding.remedy = "put dropout after the last norm; in this model re-estimate the statistics";
    finding.command = recalibration(seen);
    finding.numbers = {{"variance_ratio", most}};
    findings.push_back(finding);
}

void check_bias(const Examination& seen, Findings& findings) {
    Finding finding{.kind = "bias-before-norm"};
    const std::vector<NamedModule> named = modules(*seen.model.module);
    for (const auto& [weighted, norm] : plan_fold(seen.model).pairs) {
        const Module* module = std::ranges::find(named, weighted, &NamedModule::name)->module;
        const auto* conv = dynamic_cast<const Conv2d*>(module);
        const auto* linear = dynamic_cast<const Linear*>(module);
        if ((conv != nullptr && conv->bias.defined()) || (linear != nullptr && linear->bias.defined()))
            finding.layers.push_back(weighted);
    }
    if (finding.layers.empty()) return;
    finding.what =
        "a bias before a batch norm does nothing: the norm subtracts it again with the mean, and its gradient is 0";
    finding.remedy = "\"bias\": false in these layers saves the parameters; the norm has its own offset";
    findings.push_back(finding);
}

}  // namespace normlab
