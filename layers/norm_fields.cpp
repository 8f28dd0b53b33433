#include "layers/norm_fields.h"

namespace normlab {

void gamma_init_field(Fields& f, double& gamma, bool learned) {
    f.number("gamma_init", gamma, kAnyNumber, "What all scales are at first");
    f.check(learned || gamma == 1, "gamma_init", "needs a scale that is learned");
}

void beta_init_field(Fields& f, double& beta, bool learned) {
    f.number("beta_init", beta, kAnyNumber, "What all offsets are at first");
    f.check(learned || beta == 0, "beta_init", "needs an offset that is learned");
}

void running_init_fields(Fields& f, double& mean, double& variance, bool kept) {
    constexpr const char* kRule = "needs track_running_stats: there are no running statistics";
    f.number("running_mean_init", mean, kAnyNumber, "What all running means are at first, and after a reset");
    f.check(kept || mean == 0, "running_mean_init", kRule);
    f.number("running_var_init", variance, kNotNegative, "What all running variances are at first, and after a reset");
    f.check(kept || variance == 1, "running_var_init", kRule);
}

}  // namespace normlab
