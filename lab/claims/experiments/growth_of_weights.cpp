// How long the weights become that a norm follows. Since their size does not matter, ⟨W, ∇L⟩ = 0, and each step of SGD
// makes W longer, without any bound, but ever more slowly:
//   ‖W_{t+1}‖² = ‖W_t‖² + η²‖∇L‖²
#include <algorithm>
#include <cmath>

#include "lab/claims/experiments/scale.h"
#include "lab/claims/workbench/curves.h"
#include "lab/claims/workbench/gradients.h"

namespace normlab {
namespace {

const std::string kLong = "long", kDecayed = "long, decay";

// Of the length over the steps, a power of them, from this part of the looks on.
double exponent(const Numbers& found, double from) {
    const std::vector<double>&steps = found.at("step"), &lengths = found.at("length");
    const auto first = std::max<std::size_t>(static_cast<std::size_t>(from * static_cast<double>(steps.size() - 1)), 1);
    return std::log(lengths.back() / lengths.at(first)) / std::log(steps.back() / steps.at(first));
}

double since_first(const std::vector<double>& lengths) {
    return lengths.back() / lengths.at(1);
}

// 3200 steps at a high rate. At each look: the length of the hidden weights, the largest |cos(W, ∇L)| of one of them,
// and what the step adds to ‖W‖², by η²‖∇L‖².
Numbers long_training(Workbench& bench, const Run& run, std::uint64_t seed) {
    const auto net = make_net({.layers = mlp(3, 64, "relu", R"("bias":false)"), .norm = run.norm}, seed);
    Numbers found;
    double before = 0, expected = 0;
    const Recipe recipe{.rate = run.rate, .steps = 3200, .weight_decay = run.net == kDecayed ? 5e-4 : 0};
    const Training training =
        bench.train(*net, bench.images("digits", 4000, 1000), recipe, seed, [&](Index step, const Batch& batch) {
            const bool follows = expected > 0;
            if (step % 50 != 0 && !follows) return;
            const Weights w = Weights::of(*net);
            const double now = hidden_length(w);
            if (follows) found["added"].push_back((now * now - before * before) / expected);
            expected = 0;
            if (step % 50 != 0) return;
            const Weights gradient = gradient_at(*net, batch).gradient;
            const double slope = hidden_length(gradient);
            double cosine_found = 0;
            for (std::size_t p = 0; p < w.size(); ++p)
                if (is_hidden(w, p))
                    cosine_found = std::max(cosine_found, std::abs(cosine(w.part(p), gradient.part(p))));
            before = now, expected = run.rate * run.rate * slope * slope;
            found["step"].push_back(static_cast<double>(step)), found["length"].push_back(now);
            found["effective rate"].push_back(run.rate / (now * now)), found["cosine"].push_back(cosine_found);
        });
    if (!training.diverged) found["exponent"] = {exponent(found, 0)}, found["late exponent"] = {exponent(found, 0.75)};
    found["grown"] = {training.diverged ? INFINITY : found["length"].back() / found["length"].front()};
    return found;
}

std::vector<Picture> draw(const Trials& all, const Run& batch, const Run& decayed) {
    Plot lengths{.title = {"Length of the weights before norms, rate 1", "정규화 앞 가중치의 크기, 학습률 1"},
                 .x = {"step", "걸음"},
                 .y = {"‖W‖", "‖W‖"},
                 .x_logarithmic = true,
                 .y_logarithmic = true};
    Plot rates{.title = {"The effective rate η/‖W‖²", "유효 학습률 η/‖W‖²"},
               .x = {"step", "걸음"},
               .y = {"η/‖W‖²", "η/‖W‖²"},
               .x_logarithmic = true,
               .y_logarithmic = true};
    const Words decay = {"batch norm, weight decay 0.0005", "배치 정규화, 가중치 감쇠 0.0005"};
    for (const auto& [plot, what] : {std::pair{&lengths, "length"}, {&rates, "effective rate"}}) {
        plot->curves = {all.path(batch, "step", what, title_of("batch"), colours::kBatch),
                        all.path(decayed, "step", what, decay, colours::kGroup)};
        for (Plot::Curve& curve : plot->curves) curve.x[0] = 1;  // step 0 has no place on the axis
    }
    const std::vector<double> steps = lengths.curves[0].x;
    std::vector<double> root;
    for (const double step : steps) root.push_back(lengths.curves[0].y[0] * std::pow(step, 0.25));
    lengths.curves.push_back(theory({"fourth root of the step", "걸음 수의 네제곱근"}, steps, root));
    return {lengths, rates};
}

}  // namespace

Evidence examine_growth_of_weights(Workbench& bench) {
    const Run batch{kLong, "batch", 1}, decayed{kDecayed, "batch", 1};
    const Trials all(bench, {batch, batch.with("none"), decayed}, long_training);

    Evidence found;
    found.checks = {
        proof("cosine", {33},
              {"largest |cos(W, ∇L)| in 3200 steps at rate 1", "학습률 1로 3200걸음 동안 |cos(W, ∇L)|의 최댓값"},
              all.of(batch, "cosine", largest_of), at_most(1e-4)),
        control("cosine-none", {"the same without norm", "정규화가 없을 때"},
                all.of(batch.with("none"), "cosine", largest_of), at_least(1e-2)),
        proof("added", {33},
              {"what a step adds to ‖W‖², by η²‖∇L‖², the mean", "한 걸음이 ‖W‖²에 더하는 양 / η²‖∇L‖², 평균"},
              all.of(batch, "added", mean_of), between(0.99, 1.01)),
        proof("exponent", {33}, {"‖W‖ grows as this power of the steps", "‖W‖는 걸음 수의 몇 제곱으로 커지는가"},
              all.of(batch, "exponent"), at_most(0.25)),
        report("grown-none", {33},
               {"‖W‖ without norm, in the end by that at the start: it explodes, or the net dies first",
                "정규화가 없을 때 마지막의 ‖W‖ / 처음의 ‖W‖: 폭발하거나 그 전에 망이 죽음"},
               all.of(batch.with("none"), "grown"))
            .as_ratio(),
        limit("grows", {33}, {"‖W‖ in the end, by that after 50 steps", "마지막의 ‖W‖ / 50걸음 뒤의 ‖W‖"},
              all.of(batch, "length", since_first), at_least(1.1))
            .as_ratio(),
        report("equilibrium", {33},
               {"the same power in the last quarter with weight decay 0.0005",
                "가중치 감쇠 0.0005일 때 마지막 4분의 1에서의 지수"},
               all.of(decayed, "late exponent")),
        report("length", {33}, {"‖W‖ after 3200 steps", "3200걸음 뒤의 ‖W‖"}, all.of(batch, "length", last_of))};
    found.pictures = draw(all, batch, decayed);
    return found;
}

}  // namespace normlab
