#include "optim/schedule.h"
#include "tests/catch.h"
#include "tests/support.h"

using namespace normlab;
using namespace normlab::test;

namespace {

// The largest relative difference between the schedule's first steps and these rates.
double error(const ScheduleOptions& options, const std::vector<double>& rates) {
    const Schedule schedule(options);
    double largest = 0;
    for (std::size_t s = 0; s < rates.size(); ++s)
        largest = std::max(largest, std::abs(schedule.at(static_cast<Index>(s)) - rates[s]) / rates[s]);
    return largest;
}

std::string error_text(const ScheduleOptions& options) {
    return error_of([&] { Schedule schedule(options); });
}

constexpr double tolerance = 1e-12;

}  // namespace

// PyTorch's OneCycleLR with anneal_strategy="linear": from 0.05 to 0.5 in four equal steps, then down in five to 0.005.
TEST_CASE("a linear one-cycle schedule is a triangle", "[optim]") {
    REQUIRE(error(OneCycleSchedule{.lr = 0.5,
                                   .total_steps = 10,
                                   .pct_start = 0.5,
                                   .div_factor = 10,
                                   .final_div_factor = 10,
                                   .anneal = Anneal::linear},
                  {0.05, 0.1625, 0.275, 0.3875, 0.5, 0.401, 0.302, 0.203, 0.104, 0.005}) < tolerance);
}

// The rates are PyTorch's (1.13), printed with 15 digits:
//   optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
//   scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3, 0.5)         # and the others below
//   for s in range(N): print("%.15g" % optimizer.param_groups[0]["lr"]); optimizer.step(); scheduler.step()
TEST_CASE("the step schedule is PyTorch's StepLR", "[optim]") {
    REQUIRE(error(StepSchedule{.lr = 0.4, .step_size = 3, .gamma = 0.5},
                  {0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.05}) < tolerance);
}

TEST_CASE("the multi-step schedule is PyTorch's MultiStepLR", "[optim]") {
    REQUIRE(error(MultiStepSchedule{.lr = 0.4, .milestones = {2, 3, 7}, .gamma = 0.1},
                  {0.4, 0.4, 0.04, 0.004, 0.004, 0.004, 0.004, 0.0004, 0.0004}) < tolerance);
}

TEST_CASE("the cosine schedule is PyTorch's CosineAnnealingLR", "[optim]") {
    REQUIRE(error(CosineSchedule{.lr = 0.3, .total_steps = 10, .eta_min = 0.01},  // T_max = 10
                  {0.3, 0.292903194862797, 0.272307464184367, 0.240228861582409, 0.199807464184367, 0.155,
                   0.110192535815633, 0.0697711384175914, 0.0376925358156326, 0.0170968051372027, 0.01}) < tolerance);
}

TEST_CASE("the one-cycle schedule is PyTorch's OneCycleLR", "[optim]") {
    REQUIRE(error(OneCycleSchedule{.lr = 0.5, .total_steps = 12},
                  {0.02, 0.174894827109792, 0.439642579561064, 0.497207717725456, 0.466506484920706, 0.405872826974881,
                   0.323689498847552, 0.231318551333488, 0.14153049910435, 0.0667387650944153, 0.0172834937126976,
                   2e-6}) < tolerance);
    REQUIRE(error(
                OneCycleSchedule{
                    .lr = 0.5, .total_steps = 10, .pct_start = 0.25, .div_factor = 10, .final_div_factor = 100},
                {0.05, 0.3875, 0.494542363283268, 0.452301994345143, 0.375125, 0.276355983701096, 0.173073005654857,
                 0.0831346310618752, 0.0220920219537604, 0.0005}) < tolerance);
}

TEST_CASE("the warm-up is PyTorch's LinearLR from 1/(W + 1) over W steps", "[optim]") {
    REQUIRE(error(ConstantSchedule{.lr = 0.3, .warmup_steps = 4}, {0.06, 0.12, 0.18, 0.24, 0.3, 0.3, 0.3, 0.3}) <
            tolerance);
}

TEST_CASE("without warm-up the constant schedule is constant", "[optim]") {
    REQUIRE(error(ConstantSchedule{.lr = 0.3}, {0.3, 0.3, 0.3}) == 0);
}

TEST_CASE("after the warm-up a schedule runs from its own start", "[optim]") {
    const auto follows = [](auto options, Index warmup_steps) {
        const Schedule without(options);
        options.warmup_steps = warmup_steps;
        if constexpr (requires { options.total_steps; }) options.total_steps += warmup_steps;
        const Schedule with(options);
        for (Index s = 0; s < 12; ++s)
            if (with.at(warmup_steps + s) != without.at(s)) return false;
        return std::abs(with.at(warmup_steps - 1) / without.at(0) -
                        static_cast<double>(warmup_steps) / static_cast<double>(warmup_steps + 1)) < tolerance;
    };
    CHECK(follows(StepSchedule{.step_size = 3}, 5));
    CHECK(follows(MultiStepSchedule{.milestones = {2, 7}}, 5));
    CHECK(follows(CosineSchedule{.total_steps = 10}, 5));
    CHECK(follows(OneCycleSchedule{.total_steps = 10}, 5));
}

TEST_CASE("after total_steps the last rate stays", "[optim]") {
    const Schedule cosine(CosineSchedule{.lr = 0.3, .total_steps = 10, .eta_min = 0.01, .warmup_steps = 3});
    REQUIRE(cosine.at(10) == 0.01);
    REQUIRE(cosine.at(1000) == 0.01);
    const Schedule one_cycle(OneCycleSchedule{.lr = 0.5, .total_steps = 12});
    REQUIRE(one_cycle.at(1000) == one_cycle.at(11));
}

TEST_CASE("a one-cycle schedule may be all rise, all fall, or one step", "[optim]") {
    const Schedule rise(OneCycleSchedule{.lr = 0.5, .total_steps = 5, .pct_start = 1});
    REQUIRE(std::abs(rise.at(0) / 0.02 - 1) < tolerance);
    REQUIRE(rise.at(4) == 0.5);
    const Schedule fall(OneCycleSchedule{.lr = 0.5, .total_steps = 5, .pct_start = 0.2});  // the peak is at step 0
    REQUIRE(fall.at(0) == 0.5);
    REQUIRE(std::abs(fall.at(4) / 2e-6 - 1) < tolerance);
    for (const double pct_start : {0.0, 0.3, 1.0})
        REQUIRE(Schedule(OneCycleSchedule{.lr = 0.5, .total_steps = 1, .pct_start = pct_start}).at(0) <= 0.5);
}

TEST_CASE("impossible schedules are errors", "[optim]") {
    CHECK(error_text(ConstantSchedule{.lr = -1}) == "[schedule] lr must be a number of at least 0, got -1");
    CHECK(error_text(ConstantSchedule{.warmup_steps = -1}) == "[schedule] warmup_steps must be at least 0, got -1");
    CHECK(error_text(StepSchedule{}) == "[StepSchedule] step_size must be at least 1, got 0");
    CHECK(error_text(StepSchedule{.step_size = 3, .gamma = 0}) ==
          "[StepSchedule] gamma must be a number above 0, got 0");
    CHECK(error_text(MultiStepSchedule{.milestones = {3, 3}}) ==
          "[MultiStepSchedule] milestones must start at 1 or later and increase");
    CHECK(error_text(MultiStepSchedule{.milestones = {0, 3}}) ==
          "[MultiStepSchedule] milestones must start at 1 or later and increase");
    CHECK(error_text(MultiStepSchedule{.milestones = {3}, .gamma = -1}) ==
          "[MultiStepSchedule] gamma must be a number above 0, got -1");
    CHECK(error_text(CosineSchedule{.total_steps = 5, .warmup_steps = 5}) ==
          "[CosineSchedule] total_steps must be above warmup_steps, got 5 and 5");
    CHECK(error_text(CosineSchedule{.lr = 0.1, .total_steps = 5, .eta_min = 0.2}) ==
          "[CosineSchedule] eta_min must be from 0 to lr, got 0.2, lr 0.1");
    CHECK(error_text(OneCycleSchedule{}) == "[OneCycleSchedule] total_steps must be above warmup_steps, got 0 and 0");
    CHECK(error_text(OneCycleSchedule{.total_steps = 5, .pct_start = 1.5}) ==
          "[OneCycleSchedule] pct_start must be from 0 to 1, got 1.5");
    CHECK(error_text(OneCycleSchedule{.total_steps = 5, .div_factor = 0}) ==
          "[OneCycleSchedule] div_factor must be a number above 0, got 0");
    CHECK(error_text(OneCycleSchedule{.total_steps = 5, .final_div_factor = 0}) ==
          "[OneCycleSchedule] final_div_factor must be a number above 0, got 0");
    CHECK(error_of([] { Schedule(ConstantSchedule{}).at(-1); }) == "[schedule] the first step is 0, got -1");
}
