// Deep nets that learn: what they come to, and the units that die on the way.
#include <algorithm>

#include "lab/claims/experiments/depth.h"
#include "lab/claims/workbench/tensors.h"

namespace normlab {
namespace {

// Deep nets that learn.
struct Learner {
    std::string name, layers, norm;
    Recipe recipe;
    operator std::string() const { return "trained: " + name; }
};
std::vector<Learner> learners() {
    const Recipe slow{.rate = 0.3, .steps = 300, .cosine = true};
    return {{"sigmoid, none", deep("sigmoid", "standard"), "none", slow},
            {"sigmoid, batch", deep("sigmoid", "standard"), "batch", slow},
            {"sigmoid, no affine", deep("sigmoid", "standard"), kWithoutAffine, slow},
            {"relu, batch", deep("relu", "standard"), "batch", {.rate = 0.1, .steps = 50}}};
}

Numbers train(Workbench& bench, const Learner& learner, std::uint64_t seed) {
    const DataSet& images = bench.images("digits", 4000, 1000);
    const auto net = make_net({.layers = learner.layers, .norm = learner.norm}, seed);
    bench.train(*net, images, learner.recipe, seed);
    return {{"accuracy", {100 * test_accuracy(*net, images)}},
            {"growth", {growth(gradient_lengths(*net, first_batches(images, 128, 1, seed)[0]))}}};
}

// Of all channels, those that are above 0 for no image.
double share_of_dead(Module& net, const Batch& batch) {
    double dead = 0, all = 0;
    for (const HeardInput& heard : inputs_of(net, batch.images, of_kind("ReLU")))
        for (Index channel = 0; channel < heard.input.shape()[1]; ++channel, ++all)
            dead += std::ranges::none_of(channel_values(heard.input, channel), [](double z) { return z > 0; });
    return dead / all;
}

// Six layers of ReLUs after 50 steps at rate 1: the channels that are above 0 for none of 1000 images, in %, as the
// mean of several nets.
struct SixLayers {
    std::string norm;
    operator std::string() const { return "six layers, " + norm; }
};
Numbers dead_channels(Workbench& bench, const SixLayers& layers, std::uint64_t seed) {
    constexpr std::uint64_t kNets = 8;
    const DataSet& images = bench.images("digits", 4000, 1000);
    double dead = 0;
    for (std::uint64_t which = 0; which < kNets; ++which) {
        const std::uint64_t own = kNets * seed + which;
        const auto net = make_net({.layers = mlp(6, 100, "relu"), .norm = layers.norm}, own);
        bench.train(*net, images, {.rate = 1, .steps = 50}, own);
        dead += share_of_dead(*net, first_batches(images, 1000, 1, own)[0]) / kNets;
    }
    return {{"dead", {100 * dead}}};
}

}  // namespace

Evidence examine_deep_training(Workbench& bench) {
    const Trials later(bench, learners(), train), dead(bench, {SixLayers{"none"}, SixLayers{"batch"}}, dead_channels);
    return {
        .checks = {
            proof("learns-none", {34},
                  {"accuracy in % of 20 layers of sigmoids without norm", "정규화 없는 시그모이드 20층의 정확도(%)"},
                  later.of("trained: sigmoid, none", "accuracy"), at_most(15)),
            proof("learns-batch", {34}, {"the same with batch norm", "배치 정규화를 쓴 정확도(%)"},
                  later.of("trained: sigmoid, batch", "accuracy"), at_least(30)),
            report(
                "relu-later", {35},
                {"of layer 2 by that of layer 20, after 50 steps", "50걸음 뒤 2번 레이어 기울기 / 20번 레이어 기울기"},
                later.of("trained: relu, batch", "growth"))
                .as_ratio(),
            proof("dead", {36},
                  {"channels in % above 0 for no image, none − batch", "모든 이미지에서 0 이하인 채널(%), 없음 − 배치"},
                  dead.difference("six layers, none", "six layers, batch", "dead"), at_least(5)),
            proof("learns-no-affine", {38}, {"accuracy in % that it comes to", "그 망의 정확도(%)"},
                  later.of("trained: sigmoid, no affine", "accuracy"), at_least(30)),
        }};
}

}  // namespace normlab
