// What batch norm costs after training, in memory moved and in time, if it is computed by itself, joined by the engine
// with the layers around it, or folded into the convolution.
#include <chrono>
#include <set>

#include "framework/support/threads.h"
#include "lab/claims/experiments/folding.h"
#include "lab/claims/workbench/gradients.h"
#include "lab/claims/workbench/lists.h"
#include "lab/claims/workbench/models.h"
#include "lab/model/fold.h"
#include "lab/text/statistics.h"
#include "lab/timing/kernel_times.h"
#include "lab/timing/layer_times.h"

namespace normlab {
namespace {

using Values = std::vector<double>;
using Clock = std::chrono::steady_clock;

constexpr double kMiB = 1024 * 1024;

// What the kernels of a forward pass move through memory, MiB by what they are for, and how long they take.
struct Cost {
    std::map<std::string, double> mib, ms;
    double total() const {
        double sum = 0;
        for (const auto& [kernel, amount] : mib) sum += amount;
        return sum;
    }
};
Cost cost_of(Module& net, const Tensor& images) {
    KernelTimes times;
    net(images);
    Cost cost;
    for (const KernelCall& call : times.take()) {
        const std::string pass = call.work.pass;
        const std::string kernel = pass == "forward" ? call.module->kind() : pass;
        cost.mib[kernel] += static_cast<double>(call.work.numbers) * sizeof(Scalar) / kMiB;
        cost.ms[kernel] += call.ms;
    }
    return cost;
}

Cost separate_cost(const Model& model, const Tensor& images) {
    const ForwardListener listener(complete);
    return cost_of(*model.module, images);
}

// The three ways to compute convolution, norm and ReLU: each by itself with a pass over memory; joined in one pass, as
// the engine does of its own accord; and folded.
struct Ways {
    Cost separate, joined, folded;
};
Ways ways(const Model& model, const Model& after, const Tensor& images) {
    return {separate_cost(model, images), cost_of(*model.module, images), cost_of(*after.module, images)};
}

// Milliseconds of the median of nine passes.
double time_of(Module& net, const Tensor& images) {
    Values ms;
    for (int pass = 0; pass < 9; ++pass) {
        const auto began = Clock::now();
        net(images);
        ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
    }
    return median_of(ms);
}

// Images a second when gradients are computed, too: batch norm / none.
double speed_in_training(const DataSet& shapes) {
    const Batch batch = first_batches(shapes, 64, 1)[0];
    Values ms[2];
    for (const bool with_norm : {false, true}) {
        const Model model = untrained("resnet20", with_norm ? "batch" : "none", shapes.split.train, 1);
        for (int step = 0; step < 3; ++step) {
            const auto began = Clock::now();
            gradient_at(*model.module, batch);
            ms[with_norm].push_back(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
        }
    }
    return median_of(ms[0]) / median_of(ms[1]);
}

Picture by_kernel(const Words& title, const Words& unit, const Ways& cost, std::map<std::string, double> Cost::*of) {
    Plot plot{.title = title,
              .x = {"convolution, norm and ReLU", "합성곱, 정규화, ReLU"},
              .y = unit,
              .x_names = {{"each by itself", "따로"}, {"joined by the engine", "엔진이 합침"}, {"folded", "접음"}}};
    int colour = 0;
    for (const auto& [kernel, amount] : cost.separate.*of) {
        Plot::Curve curve{
            .name = {kernel, kernel}, .x = {0, 1, 2}, .y = {}, .colour = colour++, .style = Plot::Curve::Style::bars};
        for (const Cost* way : {&cost.separate, &cost.joined, &cost.folded}) {
            const auto found = (way->*of).find(kernel);
            curve.y.push_back(found == (way->*of).end() ? 0 : found->second);
        }
        plot.curves.push_back(std::move(curve));
    }
    return plot;
}

// How long the three ways take; it decides nothing, because the machine may be busy.
std::vector<Check> times_of(const Model& model, const Model& after, const DataSet& shapes) {
    std::vector<Check> found;
    for (const int in_use : std::set{1, threads()})
        for (const Index size : {1, 64}) {
            const ThreadCount count(in_use);
            const Tensor images = first_batches(shapes, size, 1)[0].images;
            const double folded = time_of(*after.module, images), joined = time_of(*model.module, images);
            const ForwardListener listener(complete);
            const double separate = time_of(*model.module, images);
            const std::string batch = std::to_string(size), of_threads = std::to_string(in_use);
            const std::string id = batch + "-images-" + of_threads + "-threads";
            const Words where = {", batches of " + batch + ", threads " + of_threads,
                                 ", 배치 " + batch + ", 스레드 " + of_threads};
            found.push_back(report("time-separate-" + id, {62},
                                   {"time, each by itself / folded" + where.en, "시간, 따로 / 접음" + where.ko},
                                   {separate / folded})
                                .as_ratio());
            found.push_back(
                report("time-joined-" + id, {65},
                       {"time, joined by the engine / folded" + where.en, "시간, 엔진이 합침 / 접음" + where.ko},
                       {joined / folded})
                    .as_ratio());
        }
    return found;
}

}  // namespace

Evidence examine_cost_of_folding(Workbench& bench) {
    const DataSet& shapes = bench.images("shapes", 128, 1000);
    const Tensor batch = first_batches(shapes, 64, 1)[0].images;
    const Model plain = untrained("resnet20", "none", shapes.split.train, 1);
    const double without_norm = separate_cost(plain, batch).total();
    Values separate, joined, norm_passes, rest;
    Evidence found;
    for (const std::uint64_t seed : bench.seeds()) {  // one after the other: only one can listen to the kernels
        bench.check_stop();
        const Model model = untrained("resnet20", "batch", shapes.split.train, seed);
        const Model after = folded(model, plan_fold(model));
        const Ways cost = ways(model, after, batch);
        separate.push_back(cost.separate.total() / cost.folded.total());
        joined.push_back(cost.joined.total() / cost.folded.total());
        norm_passes.push_back(cost.joined.mib.contains("normalize") ? cost.joined.mib.at("normalize") : 0);
        rest.push_back((cost.separate.total() - cost.separate.mib.at("normalize")) / without_norm);
        if (seed == bench.seeds()[0]) {
            found.checks = times_of(model, after, shapes);
            found.pictures = {
                by_kernel({"What one pass over 64 images moves through memory", "이미지 64장의 순전파가 옮기는 메모리"},
                          {"MiB", "MiB"}, cost, &Cost::mib),
                by_kernel({"And the time it took", "그때 걸린 시간"}, {"ms", "ms"}, cost, &Cost::ms)};
        }
    }
    const Peaks peaks = measure_peaks();
    found.checks.insert(
        found.checks.begin(),
        {proof("memory", {62},
               {"bytes moved by a pass: convolution, norm, ReLU each by itself / folded",
                "순전파가 옮기는 바이트: 합성곱, 정규화, ReLU 따로 / 접음"},
               separate, at_least(1.8))
             .as_ratio(),
         control("norms-share",
                 {"bytes of the first but for the norms' passes / of a net without norm",
                  "정규화를 뺀 바이트 / 정규화 없는 망의 바이트"},
                 rest, between(0.97, 1.03)),
         proof("joined", {65}, {"bytes, joined by the engine / folded", "바이트, 엔진이 합침 / 접음"}, joined,
               between(0.9, 1.1))
             .as_ratio(),
         proof(
             "no-pass", {65},
             {"MiB that passes of norms move when the engine joins them", "엔진이 합칠 때 정규화만을 위해 옮기는 MiB"},
             norm_passes, at_most(0)),
         report(
             "balance", {62},
             {"multiply-adds that this processor does while memory moves a normalized number's 8 bytes; it needs one",
              "정규화한 수 하나의 8바이트를 옮기는 동안 이 프로세서가 할 수 있는 곱셈-덧셈 수. 필요한 것은 하나"},
             {2 * sizeof(Scalar) * peaks.multiply_adds / peaks.bytes}),
         report("training", {62},
                {"images a second in training, batch norm / none", "학습할 때 초당 이미지 수, 배치 정규화 / 없음"},
                {speed_in_training(shapes)})
             .as_ratio()});
    return found;
}

}  // namespace normlab
