#include "lab/timing/layer_times.h"

#include <algorithm>
#include <set>
#include <sstream>

#include "lab/timing/bench.h"
#include "layers/models/models.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

using Bench = BenchResult (*)(Net&, const BenchOptions&);

std::vector<LayerPass> passes_of(Net& net, Bench bench) {
    LayerTimes times(*net.module);
    BenchOptions options{.batch = 2, .steps = 2, .warmup = 1};
    options.ended_step = [&](Index step, double ms) { step < 0 ? times.forget_step() : times.end_step(ms); };
    bench(net, options);
    return times.passes();
}

Net resnet20(const Norm& norm = {}) {
    return {std::make_unique<ResNet>(ModelOptions{.norm = norm, .image = {3, 32, 32}}), "resnet20", {3, 32, 32}, 10};
}

Index multiply_adds_of(const std::vector<LayerPass>& passes, const std::string& layer, const std::string& pass) {
    const auto found =
        std::ranges::find_if(passes, [&](const LayerPass& each) { return each.layer == layer && each.pass == pass; });
    INFO(layer << ", " << pass);
    REQUIRE(found != passes.end());
    return found->multiply_adds;
}

}  // namespace

TEST_CASE("of every convolution the forward pass and both gradients do the multiply-adds of its summary",
          "[layer times]") {
    const auto type = GENERATE(NormType::batch, NormType::group, NormType::none);
    Net net = resnet20({.type = type});
    const std::vector<LayerPass> passes = passes_of(net, bench_training);
    for (const LayerSummary& layer : summarize(*net.module, net.image)) {
        if (layer.multiply_adds == 0) continue;
        const Index of_batch = 2 * layer.multiply_adds;
        CHECK(multiply_adds_of(passes, layer.name, "forward") == of_batch);
        CHECK(multiply_adds_of(passes, layer.name, "weight grad") == of_batch);
        if (layer.name != "conv1") CHECK(multiply_adds_of(passes, layer.name, "input grad") == of_batch);
    }
}

TEST_CASE("a norm's work is its own though what follows it ends its pass over memory", "[layer times]") {
    Net net = resnet20();
    std::set<std::pair<std::string, std::string>> found;
    for (const LayerPass& pass : passes_of(net, bench_training)) found.insert({pass.layer, pass.pass});
    for (const NamedModule& each : modules(*net.module))
        if (each.module->kind() == "BatchNorm2d")
            for (const std::string pass : {"statistics", "normalize", "grad sums", "input grad"})
                CHECK(found.contains({each.name, pass}));
}

TEST_CASE("folded norms leave each convolution its own work when a model answers", "[layer times]") {
    Net net = resnet20();
    const std::vector<LayerPass> passes = passes_of(net, bench_inference);
    Index sum = 0;
    for (const LayerPass& pass : passes) sum += pass.multiply_adds;
    for (const LayerSummary& layer : summarize(*net.module, net.image)) {
        if (layer.multiply_adds > 0) CHECK(multiply_adds_of(passes, layer.name, "forward") == 2 * layer.multiply_adds);
        sum -= 2 * layer.multiply_adds;
    }
    REQUIRE(sum == 0);
}

TEST_CASE("timed kernels compute the same bits, and are timed no longer than asked", "[layer times]") {
    const auto output = [] {
        ResNet net({.image = {3, 32, 32}}, 8);
        const Tensor x = noise({2, 3, 32, 32}, 1);
        Tape tape;
        const Var y = net(x);
        tape.backward(y, noise({2, 10}, 2));
        std::vector<Tensor> found = {y.value()};
        for (const NamedParameter& each : parameters(net)) found.push_back(each.parameter.grad());
        return found;
    };
    const Kernels* const before = &kernels();
    const std::vector<Tensor> expected = output();
    {
        KernelTimes times;
        REQUIRE(&kernels() != before);
        const std::vector<Tensor> found = output();
        for (std::size_t i = 0; i < expected.size(); ++i) REQUIRE(same_bits(found[i], expected[i]));
        REQUIRE_FALSE(times.take().empty());
        REQUIRE(times.take().empty());
        REQUIRE(contains(error_of([] { KernelTimes(); }), "timed already"));
    }
    REQUIRE(&kernels() == before);
    REQUIRE(KernelTimes().take().empty());
}

TEST_CASE("a call says into how many pieces the longest of its parts was cut", "[layer times]") {
    const Tensor x = noise({1 << 20}, 1);
    Tensor y(x.shape());
    for (const Kernels* table : runnable_kernels()) {
        const KernelsInUse scope(*table);
        KernelTimes times;
        kernels().add(x.elements(), x.data(), x.data(), y.mutable_data());
        const KernelCall call = times.take().front();
        INFO(table->name);
        REQUIRE((call.pieces > 1) == (table != &reference_kernels()));
        REQUIRE(call.pieces_ms <= call.ms);
    }
}

TEST_CASE("a pass is held to the side of the roof that limits it", "[layer times]") {
    const Peaks peaks{.multiply_adds = 1e9, .bytes = 1e9};
    const std::string text = layer_table({{"conv", "forward", 2, 1'000'000, 500'000, 16},  // 1 ms at the least
                                          {"norm", "statistics", 1, 0, 250'000, 8},        // 0.25 ms
                                          {"norm", "normalize", 1, 0, 1'250'000, 8},       // 1.25 ms
                                          {"layer2.0.downsample.0", "weight grad", 995.6, 1, 1, 1024},
                                          {"fc", "forward", 0.3, 1, 1, 1},
                                          {"fc", "bias grad", 0.1, 1, 1, 1}},
                                         peaks);
    INFO(text);
    REQUIRE(contains(text, " 50 fma      16\n"));
    REQUIRE(contains(text, " 25 mem       8\n"));
    REQUIRE(contains(text, " 125 mem       8\n"));
    REQUIRE(contains(text, "2 GFLOP/s (fma) and 1.0 GB/s (mem)"));
    REQUIRE(contains(text, "\nall smaller ones                      0.40"));
    REQUIRE_FALSE(contains(text, "fc"));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 80);
}

TEST_CASE("what more threads could bring is counted in pieces", "[layer times]") {
    const std::vector<LayerPass> on_two = {{.layer = "conv", .pass = "forward", .ms = 4, .pieces = 8},  // 1 ms a piece
                                           {.layer = "fc", .pass = "forward", .ms = 2, .pieces = 1},
                                           {.layer = "outside", .pass = "no kernel", .ms = 1}};
    CHECK(most_speedup(on_two, 2, 1) == 1);
    CHECK(most_speedup(on_two, 2, 2) == 11.0 / 7);
    CHECK(most_speedup(on_two, 2, 3) == 11.0 / 6);   // one thread has three pieces
    CHECK(most_speedup(on_two, 2, 16) == 11.0 / 4);  // eight of them have one
}
