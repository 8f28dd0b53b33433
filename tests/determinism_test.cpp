#include "framework/ops/loss.h"
#include "framework/state.h"
#include "framework/support/pool.h"
#include "framework/support/threads.h"
#include "layers/layers.h"
#include "optim/optim.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// A net with each kind of work in it: strides, groups, dropout, every norm, pools, a shortcut.
Sequential mixed_net() {
    Sequential net(Conv2d({.in = 3, .out = 20, .padding = 1, .bias = false}), BatchNorm2d({.num_features = 20}), ReLU(),
                   MaxPool2d({.kernel = 2}), Conv2d({.in = 20, .out = 20, .padding = 1, .groups = 20}),
                   GroupNorm({.num_groups = 4, .num_channels = 20}), SiLU(), Dropout({.p = 0.2}));
    net.append(BasicBlock(20, 33, 2, {.norm = {.type = NormType::instance}}));
    net.append(BasicBlock(33, 33, 1, {.norm = {.type = NormType::rms}}));
    net.append(BasicBlock(
        33, 33, 1,
        {.norm = {.type = NormType::batch_renorm, .relax_from = 0, .relax_d_until = 0, .relax_r_until = 0}}));
    net.append(BasicBlock(33, 33, 1, {.norm = {.type = NormType::ghost_batch, .virtual_batch_size = 4}}));
    net.append(BasicBlock(33, 33, 1, {.norm = {.type = NormType::l1_batch}}));
    net.append(BasicBlock(33, 33, 1, {.norm = {.type = NormType::layer}, .weight_standardization = true}));
    net.append(BasicBlock(33, 33, 1, {.norm = {.use_batch_stats = false}}));
    net.append(GlobalAvgPool2d()).append(Flatten()).append(Linear({.in = 33, .out = 10}));
    return net;
}

State trained(std::uint64_t seed, int steps) {
    Sequential net = mixed_net();
    initialize(net, seed);
    seed_training(net, seed);
    SGD sgd(parameters(net), {.lr = 0.05, .momentum = 0.9, .weight_decay = 5e-4});
    const Labels labels = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4};
    for (int step = 0; step < steps; ++step) {
        Tape tape;
        tape.backward(cross_entropy(net(noise({15, 3, 19, 17}, seed + static_cast<std::uint64_t>(step))), labels));
        sgd.step();
    }
    return state_of(net);
}

void require_same(const State& a, const State& b) {
    REQUIRE(a.tensors.size() == b.tensors.size());
    for (std::size_t i = 0; i < a.tensors.size(); ++i) {
        INFO(a.tensors[i].name);
        REQUIRE(same_bits(a.tensors[i].tensor, b.tensors[i].tensor));
    }
}

}  // namespace

TEST_CASE("the same seed gives the same bits with 1, 2, 3 and 8 threads", "[bits]") {
    const int before = threads();
    set_threads(1);
    const State alone = trained(1, 4);
    for (const int count : {2, 3, 8}) {
        set_threads(count);
        require_same(trained(1, 4), alone);
    }
    set_threads(before);
}

TEST_CASE("another seed gives other bits", "[bits]") {
    REQUIRE_FALSE(same_bits(trained(1, 1).tensors[0].tensor, trained(2, 1).tensors[0].tensor));
}

TEST_CASE("from the second step on no memory is asked of the system", "[pool]") {
    ResNet net({}, 8);
    SGD sgd(parameters(net), {.lr = 0.01, .momentum = 0.9});
    const auto step = [&] {
        Tape tape;
        tape.backward(cross_entropy(net(noise({4, 3, 16, 16}, 1)), {0, 1, 2, 3}));
        sgd.step();
        return pool_statistics().system_allocations;
    };
    step();
    const auto after_two = step();
    for (int i = 0; i < 5; ++i) REQUIRE(step() == after_two);
}

TEST_CASE("memory comes back to the pool when tensors end", "[pool]") {
    const auto in_use = pool_statistics().bytes_in_use;
    {
        const Tensor tensor({1000, 1000});
        REQUIRE(pool_statistics().bytes_in_use >= in_use + 1000 * 1000 * sizeof(Scalar));
    }
    REQUIRE(pool_statistics().bytes_in_use == in_use);
    release_pool();
    REQUIRE((in_use > 0 || pool_statistics().bytes_held == 0));
}

TEST_CASE("memory that comes back joins what is free beside it", "[pool]") {
    constexpr std::size_t size = 50 << 20;
    release_pool();
    { const Memory first(size), second(size), third(size); }
    const auto before = pool_statistics().system_allocations;
    const Memory all(3 * size);
    REQUIRE(pool_statistics().system_allocations == before);
}
