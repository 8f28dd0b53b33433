#include "lab/timing/layer_times.h"

#include <algorithm>
#include <chrono>

#include "framework/support/pool.h"
#include "framework/support/threads.h"
#include "lab/text/statistics.h"
#include "lab/text/table.h"

namespace normlab {
namespace {

// The most of `work` in a second, over runs of a tenth of a second in all.
template <class Run>
double best_rate(double work, const Run& run) {
    using Clock = std::chrono::steady_clock;
    run();  // touches the memory, wakes the threads
    double best = 0;
    for (const auto end = Clock::now() + std::chrono::milliseconds(100); Clock::now() < end;) {
        const auto start = Clock::now();
        run();
        best = std::max(best, work / std::chrono::duration<double>(Clock::now() - start).count());
    }
    return best;
}

constexpr Index kLargeArray = (Index{64} << 20) / sizeof(Scalar);  // of which a cache keeps little
constexpr double kWorthARow = 0.0005;                              // of the time

// In thousand millions, with two digits at least.
std::string giga(double number) {
    return number > 0 ? fixed(number / 1e9, number < 10e9 ? 1 : 0) : "";
}

// Against the side of the roof that is met first.
std::string share_of_roof(const LayerPass& pass, const Peaks& peaks) {
    if (pass.bytes == 0) return "";
    const double by_arithmetic = static_cast<double>(pass.multiply_adds) / peaks.multiply_adds;
    const double by_memory = static_cast<double>(pass.bytes) / peaks.bytes;
    const double share = std::max(by_arithmetic, by_memory) / (pass.ms / 1000);
    return fixed(100 * share, 0) + (by_arithmetic > by_memory ? " fma" : " mem");
}

}  // namespace

Peaks measure_peaks() {
    Peaks peaks;
    {
        const Index rounds = 4096, count = 64 * 192;  // pieces of 192 numbers or less; in the first cache
        Tensor y = Tensor::zeros({count});
        peaks.multiply_adds = best_rate(static_cast<double>(rounds * count), [&] {
            kernels().repeat_multiply_add(rounds, Scalar(0.5), Scalar(1), count, y.mutable_data());
        });
    }
    {
        const Tensor a = Tensor::zeros({kLargeArray}), b = Tensor::zeros({kLargeArray});
        Tensor y({kLargeArray});
        peaks.bytes = best_rate(static_cast<double>(3 * kLargeArray * sizeof(Scalar)),
                                [&] { kernels().add(kLargeArray, a.data(), b.data(), y.mutable_data()); });
    }
    release_pool();
    return peaks;
}

LayerTimes::LayerTimes(Module& root) : layers_(modules(root)) {
    if (layers_.front().name.empty()) layers_.front().name = root.kind();
    layers_.push_back({"outside", nullptr});
}

void LayerTimes::Pass::begin_step() {
    ms.push_back(0);
    multiply_adds = bytes = pieces = 0;
    pieces_ms = 0;
}

void LayerTimes::Pass::add(const KernelCall& call) {
    ms.back() += call.ms;
    multiply_adds += call.work.multiply_adds;
    bytes += call.work.numbers * static_cast<Index>(sizeof(Scalar));
    if (pieces > 0 && call.pieces_ms <= pieces_ms) return;
    pieces = call.pieces;
    pieces_ms = call.pieces_ms;
}

LayerTimes::Pass& LayerTimes::pass_of(const KernelCall& call) {
    const auto found = std::ranges::find(layers_, call.module, &NamedModule::module);
    const auto layer = static_cast<std::size_t>(found - layers_.begin());
    const auto known = std::ranges::find_if(
        passes_, [&](const Pass& each) { return each.layer == layer && each.pass == call.work.pass; });
    if (known != passes_.end()) return *known;
    Pass& first = passes_.emplace_back(Pass{.layer = layer, .pass = call.work.pass});
    first.ms.resize(rest_.size());
    return first;
}

void LayerTimes::end_step(double ms) {
    rest_.push_back(ms);
    for (Pass& pass : passes_) pass.begin_step();
    for (const KernelCall& call : times_.take()) {
        pass_of(call).add(call);
        rest_.back() -= call.ms;
    }
}

void LayerTimes::forget_step() {
    times_.take();
}

std::vector<LayerPass> LayerTimes::passes() const {
    std::vector<Pass> sorted = passes_;
    std::ranges::stable_sort(sorted, {}, &Pass::layer);
    std::vector<LayerPass> result;
    for (const Pass& each : sorted)
        result.push_back({.layer = layers_[each.layer].name,
                          .pass = each.pass,
                          .ms = median_of(each.ms),
                          .multiply_adds = each.multiply_adds,
                          .bytes = each.bytes,
                          .pieces = each.pieces});
    result.push_back({.layer = "outside", .pass = "no kernel", .ms = median_of(rest_)});
    return result;
}

double most_speedup(const std::vector<LayerPass>& passes, Index threads, Index wanted) {
    double alone = 0, together = 0;
    for (const LayerPass& pass : passes) {
        const Index pieces = std::max<Index>(pass.pieces, 1);
        const auto longest = [&](Index count) { return static_cast<double>((pieces + count - 1) / count); };
        const double piece_ms = pass.ms / longest(threads);
        alone += piece_ms * longest(1);
        together += piece_ms * longest(wanted);
    }
    return alone / together;
}

std::string layer_table(const std::vector<LayerPass>& passes, const Peaks& peaks) {
    using enum Table::Align;
    Table table({{"layer"},
                 {"pass"},
                 {"ms", right},
                 {"%", right},
                 {"GFLOP/s", right},
                 {"GB/s", right},
                 {"roof %", right},
                 {"pieces", right}});
    LayerPass total{.layer = "total"};
    for (const LayerPass& pass : passes) {
        total.ms += pass.ms;
        total.multiply_adds += pass.multiply_adds;
        total.bytes += pass.bytes;
    }
    const auto add = [&](const LayerPass& pass, const std::string& roof) {
        const double seconds = pass.ms / 1000, share = 100 * pass.ms / total.ms;
        table.add({pass.layer, pass.pass, fixed(pass.ms, pass.ms < 1000 ? 2 : 0), fixed(share, share < 100 ? 1 : 0),
                   giga(2 * static_cast<double>(pass.multiply_adds) / seconds),
                   giga(static_cast<double>(pass.bytes) / seconds), roof,
                   pass.pieces > 0 ? std::to_string(pass.pieces) : ""});
    };
    LayerPass small{.layer = "all smaller ones"};
    for (const LayerPass& pass : passes)
        if (pass.ms < kWorthARow * total.ms)
            small.ms += pass.ms;
        else
            add(pass, share_of_roof(pass, peaks));
    if (small.ms > 0) add(small, "");
    table.add_line();
    add(total, "");
    const auto speedup = [&](Index wanted) { return fixed(most_speedup(passes, threads(), wanted), 1); };
    return table.text() + "\nThe roof: " + fixed(2 * peaks.multiply_adds / 1e9, 0) + " GFLOP/s (fma) and " +
           fixed(peaks.bytes / 1e9, 1) +
           " GB/s (mem), measured just now on all threads.\n"
           "Each pass is held to the side of it that limits it. Convolutions are counted as\n"
           "direct multiply-adds, of which Winograd's algorithm needs fewer, and what still\n"
           "lies in a cache need not come from memory: both can go beyond 100 %.\n\n"
           "As it is cut into pieces, this can be " +
           speedup(2) + ", " + speedup(4) + ", " + speedup(8) + " and " + speedup(16) +
           " times as fast on\n2, 4, 8 and 16 threads as on one, unless the memory that they share limits them.\n";
}

}  // namespace normlab
