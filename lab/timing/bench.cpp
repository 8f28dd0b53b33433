#include "lab/timing/bench.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "framework/support/pool.h"
#include "framework/support/random.h"
#include "framework/support/threads.h"
#include "lab/run/run_optimizer.h"
#include "lab/text/statistics.h"
#include "optim/sgd.h"

namespace normlab {
namespace {

constexpr std::uint64_t kSeed = 0;

struct Noise {
    Tensor images;
    Labels labels;
};

Noise make_noise(const Net& net, Index batch) {
    Noise noise{Tensor({batch, net.image[0], net.image[1], net.image[2]}), Labels(static_cast<std::size_t>(batch))};
    const RandomStream pixels = stream_named(kSeed, "bench.pixels"), labels = stream_named(kSeed, "bench.labels");
    Scalar* to = noise.images.mutable_data();
    for (Index i = 0; i < noise.images.elements(); ++i) to[i] = static_cast<Scalar>(random_normal(pixels, 0, i));
    for (std::size_t i = 0; i < noise.labels.size(); ++i)
        noise.labels[i] = static_cast<int>(random_uniform(labels, 0, i) * static_cast<double>(net.classes));
    return noise;
}

template <class Step>
BenchResult time_steps(const BenchOptions& options, const Step& step) {
    std::vector<double> times;
    for (Index i = -options.warmup; i < options.steps; ++i) {
        const auto start = std::chrono::steady_clock::now();
        step();
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
        if (i >= 0) times.push_back(took.count());
        if (options.ended_step) options.ended_step(i, took.count());
    }
    const double median = median_of(times);
    return {median, std::ranges::min(times), 1000 * static_cast<double>(options.batch) / median};
}

}  // namespace

BenchResult bench_training(Net& net, const BenchOptions& options) {
    const Noise noise = make_noise(net, options.batch);
    initialize(*net.module, kSeed);
    seed_training(*net.module, kSeed);
    net.module->train();
    SGD sgd(parameters(*net.module), {.lr = 0.01, .momentum = 0.9, .weight_decay = 5e-4});
    return time_steps(options, [&] {
        Tape tape;
        tape.backward(cross_entropy((*net.module)(noise.images), noise.labels));
        sgd.step();
    });
}

BenchResult bench_inference(Net& net, const BenchOptions& options) {
    const Noise noise = make_noise(net, options.batch);
    initialize(*net.module, kSeed);
    net.module->eval();
    return time_steps(options, [&] { (*net.module)(noise.images); });
}

double step_memory_mib(const Config& config) {
    const ThreadCount one(1);  // each thread has its own work space, and how many use it at once is chance
    const std::size_t before = pool_statistics().bytes_in_use;
    reset_pool_peak();
    Net net = net_of(config);
    initialize(*net.module, kSeed);
    const Noise noise = make_noise(net, images_at_once(config));
    seed_training(*net.module, kSeed);
    net.module->train();
    const std::unique_ptr<Optimizer> optimizer = make_optimizer(config.optim, *net.module);
    for (int step = 0; step < 2; ++step) {  // the second has the optimizer's state beside it
        Tape tape;
        tape.backward(cross_entropy((*net.module)(noise.images), noise.labels));
        optimizer->step();
    }
    return static_cast<double>(pool_statistics().peak_bytes_in_use - before) / (1 << 20);
}

double peak_memory_mib() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;  // Linux counts KiB
}

}  // namespace normlab
