#include "lab/timing/kernel_times.h"

#include <utility>

#include "framework/module_scope.h"
#include "framework/support/error.h"
#include "framework/support/threads.h"
#include "lab/run/stopwatch.h"

namespace normlab {
namespace {

// A table holds plain functions, which have nowhere else to keep these.
const Kernels* timed = nullptr;
std::vector<KernelCall> calls;
KernelCall present;

void hear(Index pieces, double ms) {
    if (ms <= present.pieces_ms) return;
    present.pieces = pieces;
    present.pieces_ms = ms;
}

// A call, while it lasts.
class CallInProgress {
  public:
    explicit CallInProgress(const KernelWork& work) { present = {ModuleScope::current(), work}; }
    ~CallInProgress() {
        present.ms = 1000 * stopwatch_.lap();
        calls.push_back(present);
    }
    CallInProgress(const CallInProgress&) = delete;
    CallInProgress& operator=(const CallInProgress&) = delete;

  private:
    Stopwatch stopwatch_;
};

// The function of the timing table in the place `kernel`; `work` says of its arguments what is to be done.
template <auto kernel, auto work, class Function>
struct Timed;
template <auto kernel, auto work, class Result, class... Arguments>
struct Timed<kernel, work, Result (*)(Arguments...)> {
    static Result call(Arguments... arguments) {
        const CallInProgress call(work(arguments...));
        return (timed->*kernel)(arguments...);
    }
};
template <class Function>
Function type_of(Function Kernels::*);
template <auto kernel, auto work>
constexpr auto with_time = Timed<kernel, work, decltype(type_of(kernel))>::call;

struct ConvSizes {
    explicit ConvSizes(const ConvShape& s)
        : x(s.N * s.H * s.W * s.C),
          w(s.K * s.R * s.S * (s.C / s.G)),
          y(s.N * s.P * s.Q * s.K),
          multiply_adds(y * s.R * s.S * (s.C / s.G)) {}
    Index x, w, y, multiply_adds;
};
KernelWork conv2d(const ConvShape& s, const Scalar*, const Scalar*, const Scalar* bias, EpilogueView finish, Scalar*) {
    const ConvSizes size(s);
    const Index others = (bias != nullptr ? s.K : 0) + (finish.residual != nullptr ? size.y : 0);
    return {"forward", size.multiply_adds, size.x + size.w + size.y + others};
}
KernelWork prepare_conv2d(const ConvShape& s, const Scalar*) {
    return {"prepare", 0, 2 * ConvSizes(s).w};
}
KernelWork conv2d_backward_input(const ConvShape& s, const Scalar*, const Scalar*, EpilogueView finish, Scalar*) {
    const ConvSizes size(s);
    return {"input grad", size.multiply_adds, size.x + size.w + size.y + (finish.residual != nullptr ? size.x : 0)};
}
KernelWork conv2d_backward_weight(const ConvShape& s, const Scalar*, const Scalar*, Scalar*) {
    const ConvSizes size(s);
    return {"weight grad", size.multiply_adds, size.x + size.w + size.y};
}
KernelWork channel_sums(Index rows, Index C, const Scalar*, Scalar*) {
    return {"bias grad", 0, (rows + 1) * C};
}

// Of a norm's operands only those as large as its input count: the others have one number for many.
Index size_of(const NormShape& s) {
    return s.N * s.pixels * s.C;
}
KernelWork moments(const NormShape& s, const Scalar*, double*, double*) {
    return {"statistics", 0, size_of(s)};
}
KernelWork normalize(const NormShape& s, const Scalar*, const Scalar*, const Scalar*, const Scalar*,
                     EpilogueView finish, Scalar*) {
    return {"normalize", 0, (finish.residual != nullptr ? 3 : 2) * size_of(s)};
}
KernelWork normalize_sums(const NormShape& s, const Scalar*, const Scalar*, const Scalar*, ReluGate, Scalar*, Scalar*) {
    return {"grad sums", 0, 2 * size_of(s)};
}
KernelWork normalize_backward(const NormShape& s, const Scalar*, const Scalar*, const Scalar*, ReluGate, const Scalar*,
                              const Scalar*, const Scalar*, Scalar*) {
    return {"input grad", 0, 3 * size_of(s)};
}

Index input_of(const PoolShape& s) {
    return s.N * s.H * s.W * s.C;
}
Index output_of(const PoolShape& s) {
    return s.N * s.P * s.Q * s.C;
}
KernelWork max_pool(const PoolShape& s, const Scalar*, Scalar*, std::int32_t*) {
    return {"forward", 0, input_of(s) + 2 * output_of(s)};
}
KernelWork max_pool_backward(const PoolShape& s, const Scalar*, const std::int32_t*, Scalar*) {
    return {"input grad", 0, input_of(s) + 2 * output_of(s)};
}
KernelWork avg_pool(const PoolShape& s, Divisor, const Scalar*, Scalar*) {
    return {"forward", 0, input_of(s) + output_of(s)};
}
KernelWork avg_pool_backward(const PoolShape& s, Divisor, const Scalar*, Scalar*) {
    return {"input grad", 0, input_of(s) + output_of(s)};
}

KernelWork activation(Activation, Scalar, Index count, const Scalar*, Scalar*) {
    return {"activation", 0, 2 * count};
}
KernelWork activation_backward(Activation, Scalar, Index count, const Scalar*, const Scalar*, const Scalar*, Scalar*) {
    return {"act. grad", 0, 3 * count};
}
KernelWork add(Index count, const Scalar*, const Scalar*, Scalar*) {
    return {"add", 0, 3 * count};
}
KernelWork accumulate(Index count, const Scalar*, Scalar*) {
    return {"add", 0, 3 * count};
}
KernelWork scale(Index count, Scalar, const Scalar*, Scalar*) {
    return {"scale", 0, 2 * count};
}
KernelWork scale_rows(Index rows, Index count, const Scalar*, const Scalar*, Scalar*) {
    return {"scale", 0, 2 * rows * count};
}
KernelWork dropout_mask(RandomStream, std::uint64_t, double, Index, Index count, Scalar*) {
    return {"draw", 0, count};
}
KernelWork multiply(Index count, const Scalar*, const Scalar*, Scalar*) {
    return {"multiply", 0, 3 * count};
}
KernelWork reorder(Index N, Index C, Index pixels, const Scalar*, Scalar*) {
    return {"reorder", 0, 2 * N * C * pixels};
}
KernelWork sgd(const SgdRule& rule, bool, Index count, const Scalar*, Scalar*, Scalar*) {
    return {"update", 0, (rule.momentum != 0 ? 5 : 3) * count};
}
KernelWork adam(const AdamRule&, Index count, const Scalar*, Scalar*, Scalar*, Scalar*) {
    return {"update", 0, 7 * count};
}
KernelWork repeat_multiply_add(Index rounds, Scalar, Scalar, Index count, Scalar*) {
    return {"multiply-adds", rounds * count, 2 * count};
}

constexpr Kernels kTimingTable = {
    .name = "timed",
    .conv2d = with_time<&Kernels::conv2d, conv2d>,
    .conv2d_prepared = with_time<&Kernels::conv2d_prepared, conv2d>,
    .prepare_conv2d = with_time<&Kernels::prepare_conv2d, prepare_conv2d>,
    .conv2d_backward_input = with_time<&Kernels::conv2d_backward_input, conv2d_backward_input>,
    .conv2d_backward_weight = with_time<&Kernels::conv2d_backward_weight, conv2d_backward_weight>,
    .channel_sums = with_time<&Kernels::channel_sums, channel_sums>,
    .moments = with_time<&Kernels::moments, moments>,
    .normalize = with_time<&Kernels::normalize, normalize>,
    .normalize_sums = with_time<&Kernels::normalize_sums, normalize_sums>,
    .normalize_backward = with_time<&Kernels::normalize_backward, normalize_backward>,
    .max_pool = with_time<&Kernels::max_pool, max_pool>,
    .max_pool_backward = with_time<&Kernels::max_pool_backward, max_pool_backward>,
    .avg_pool = with_time<&Kernels::avg_pool, avg_pool>,
    .avg_pool_backward = with_time<&Kernels::avg_pool_backward, avg_pool_backward>,
    .activation = with_time<&Kernels::activation, activation>,
    .activation_backward = with_time<&Kernels::activation_backward, activation_backward>,
    .add = with_time<&Kernels::add, add>,
    .accumulate = with_time<&Kernels::accumulate, accumulate>,
    .scale = with_time<&Kernels::scale, scale>,
    .scale_rows = with_time<&Kernels::scale_rows, scale_rows>,
    .dropout_mask = with_time<&Kernels::dropout_mask, dropout_mask>,
    .multiply = with_time<&Kernels::multiply, multiply>,
    .to_channels_first = with_time<&Kernels::to_channels_first, reorder>,
    .to_channels_last = with_time<&Kernels::to_channels_last, reorder>,
    .sgd = with_time<&Kernels::sgd, sgd>,
    .adam = with_time<&Kernels::adam, adam>,
    .repeat_multiply_add = with_time<&Kernels::repeat_multiply_add, repeat_multiply_add>,
};

const Kernels& timing_table() {
    require(timed == nullptr, "kernel times", "kernels are being timed already");
    timed = &kernels();
    return kTimingTable;
}

}  // namespace

KernelTimes::KernelTimes() : table_(timing_table()) {
    hear_pieces(hear);
}

KernelTimes::~KernelTimes() {
    hear_pieces(nullptr);
    timed = nullptr;
    calls.clear();
}

std::vector<KernelCall> KernelTimes::take() {
    return std::exchange(calls, {});
}

}  // namespace normlab
