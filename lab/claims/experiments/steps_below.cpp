// What a step of the layers below does to a layer's gradient, with the same batch: definition 2.1 of Santurkar et al.
// 2018.
//   G = ∇_{W_i} L(W_1 … W_k),   G′ = ∇_{W_i} L(W_1 − η∇_1 … W_{i−1} − η∇_{i−1}, W_i … W_k);   cos(G, G′), ‖G − G′‖
#include <algorithm>

#include "lab/claims/experiments/shift.h"
#include "lab/claims/workbench/deep_linear.h"
#include "lab/claims/workbench/gradients.h"

namespace normlab {
namespace {

const std::string kStepped = "VGG6, stepped", kMlp = "MLP, stepped", kLinear = "deep linear net";
constexpr double kLinearRate = 1e-4;
const std::vector<std::string> kLayers = {"7.weight", "14.weight"}, kDeepLayers = {"7.weight", "13.weight"};  // 3 and 5

struct Stepped {
    std::string net, title;
    std::vector<double> rates;  // the largest that the plain net stands, and a fourth of it
    std::vector<std::string> layers;
};
const std::vector<Stepped> kSteppedNets = {{kStepped, "VGG6", {0.025, 0.1}, kLayers},
                                           {kMlp, "MLP", {0.025, 0.1}, kDeepLayers}};

Numbers stepped(Workbench& bench, const Run& run, std::uint64_t seed) {
    const DataSet& images = bench.images("digits", 4000, 1000);
    const std::string layers = run.net == kMlp ? mlp(6, 100, "relu", R"("init":"kaiming_normal")") : vgg6();
    const auto net = make_net({.layers = layers, .norm = run.norm}, seed);
    Numbers found;
    bench.train(*net, images, {.rate = run.rate}, seed, [&](Index step, const Batch& batch) {
        if (step % 10 == 0) look_below(*net, batch, run.rate, run.net == kMlp ? kDeepLayers : kLayers, found);
    });
    return found;
}

Numbers stepped_linear(Workbench& bench, const Run& run, std::uint64_t seed) {
    const DeepLinear linear = make_deep_linear(run.norm, seed);
    Numbers found;
    const Training training =
        bench.fit(*linear.net, linear.objective, {.rate = run.rate, .steps = 1200}, [&](Index step) {
            if (step % 60 == 30)
                look_below(*linear.net, linear.objective, run.rate, {deep_linear_weight(9), deep_linear_weight(17)},
                           found);
        });
    found["loss"] = {training.losses.back()};
    return found;
}

std::vector<double> middle_of(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> middle;
    for (std::size_t i = 0; i < a.size(); ++i) middle.push_back((a[i] + b[i]) / 2);
    return middle;
}
Check nowhere_better(const std::vector<std::vector<double>>& gains) {
    return proof("gain", {24},
                 {"smallest gain of cos(G, G′) by batch norm, of nets, rates and layers",
                  "배치 정규화로 커진 cos(G, G′)의 최솟값 (망·학습률·층 중)"},
                 least_of(gains), at_most(0.05))
        .from("Santurkar et al. 2018, figure 3");
}
Check nothing_moves(const Trials& all, const Run& run) {
    return control("still", {"change of a gradient when no layer moves", "아무 층도 움직이지 않을 때 기울기의 변화"},
                   all.of(run, "still", largest_of), at_most(0));
}

std::vector<Check> in_linear_net(const Trials& all) {
    const Run batch{kLinear, "batch", kLinearRate}, none = batch.with("none");
    const std::string layer = "cosine " + deep_linear_weight(9), later = "cosine " + deep_linear_weight(17);
    return {proof("linear-none", {24},
                  {"mean of cos(G, G′) in the deep linear net without norm, layers 9 and 17, the smaller",
                   "정규화 없는 깊은 선형 망의 평균 cos(G, G′), 9층과 17층 중 작은 값"},
                  least_of({all.of(none, layer, mean_of), all.of(none, later, mean_of)}), at_least(0.99)),
            proof("linear-batch", {24},
                  {"the same with batch norm, the mean of both layers", "배치 정규화가 있을 때, 두 층의 평균"},
                  middle_of(all.of(batch, layer, mean_of), all.of(batch, later, mean_of)), at_most(0.9)),
            proof("linear-loss", {23},
                  {"loss of the deep linear net after 1200 steps, batch / none",
                   "1200걸음 뒤 깊은 선형 망의 손실, 배치 정규화 / 없음"},
                  all.ratio(batch, none, "loss"), at_most(1))
                .as_ratio(),
            nothing_moves(all, batch)};
}

// As figure 3.
void draw_step(const Trials& all, const Run& batch, const std::string& layer, const Words& where, double until,
               std::vector<Picture>& pictures) {
    Plot cosines{.title = {"cos(G, G′): " + where.en, "cos(G, G′): " + where.ko},
                 .x = {"step", "걸음"},
                 .y = {"cosine", "코사인"}};
    Plot changes{.title = {"‖G − G′‖: " + where.en, "‖G − G′‖: " + where.ko},
                 .x = {"step", "걸음"},
                 .y = {"length", "크기"},
                 .y_logarithmic = true};
    for (const Run& run : {batch.with("none"), batch}) {
        cosines.curves.push_back(over_steps(run, all.list(run, "cosine " + layer), until));
        changes.curves.push_back(over_steps(run, all.list(run, "change " + layer), until));
    }
    pictures.push_back(cosines), pictures.push_back(changes);
}

Evidence on_cifar10(Workbench& bench) {
    const Run batch{kVggOnCifar10, "batch", kRateOnCifar10}, none = batch.with("none");
    const Trials all(bench, {none, batch}, train_in_noise);
    const auto steps = static_cast<double>(bench.steps(15000));
    Evidence found;
    draw_step(all, batch, kLayers[0], {"layer 3", "3층"}, steps, found.pictures);
    draw_step(all, batch, kLayers[1], {"layer 5", "5층"}, steps, found.pictures);
    found.checks = {nowhere_better({all.difference(batch, none, "cosine " + kLayers[0]),
                                    all.difference(batch, none, "cosine " + kLayers[1])}),
                    nothing_moves(all, batch)};
    return found;
}

}  // namespace

Evidence examine_steps_below(Workbench& bench) {
    if (bench.real()) return on_cifar10(bench);
    std::vector<Run> nets;
    for (const Stepped& net : kSteppedNets)
        for (const double rate : net.rates)
            nets.insert(nets.end(), {{net.net, "none", rate}, {net.net, "batch", rate}});
    const Run batch{kLinear, "batch", kLinearRate};
    const Trials all(bench, nets, stepped), linear(bench, {batch, batch.with("none")}, stepped_linear);

    Evidence found;
    std::vector<std::vector<double>> gains;
    for (const Stepped& net : kSteppedNets)
        for (const double rate : net.rates)
            for (const std::string& layer : net.layers) {
                const Run with{net.net, "batch", rate};
                gains.push_back(all.difference(with, with.with("none"), "cosine " + layer));
                const std::string number = layer == "7.weight" ? "3" : "5", at = text_of(rate);
                found.checks.push_back(
                    report("gain-" + number + "-" + at + (net.net == kMlp ? "-mlp" : ""), {24},
                           {"cos(G, G′), batch − none: " + net.title + ", layer " + number + ", rate " + at,
                            "cos(G, G′), 배치 정규화 − 없음: " + net.title + ", " + number + "층, 학습률 " + at},
                           gains.back()));
            }
    found.checks.push_back(nowhere_better(gains));
    std::ranges::move(in_linear_net(linear), std::back_inserter(found.checks));
    draw_step(all, {kStepped, "batch", 0.1}, kLayers[1], {"VGG6, layer 5, rate 0.1", "VGG6, 5층, 학습률 0.1"},
              static_cast<double>(bench.steps(150)), found.pictures);
    draw_step(linear, batch, deep_linear_weight(9), {"deep linear net, layer 9", "깊은 선형 망, 9층"},
              static_cast<double>(bench.steps(1200)), found.pictures);
    return found;
}

}  // namespace normlab
