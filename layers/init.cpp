#include "layers/init.h"

#include <cmath>

namespace normlab {
namespace {

double variance(Init init, Fans fans) {
    switch (init) {
        case Init::standard: return 1 / (3 * fans.in);  // of a uniform number within ±1/√fan_in
        case Init::kaiming_uniform:
        case Init::kaiming_normal: return 2 / fans.in;
        case Init::kaiming_normal_fan_out: return 2 / fans.out;
        case Init::xavier_uniform:
        case Init::xavier_normal: return 2 / (fans.in + fans.out);
    }
    return 0;
}

bool is_uniform(Init init) {
    return init == Init::standard || init == Init::kaiming_uniform || init == Init::xavier_uniform;
}

}  // namespace

void draw(Tensor& weight, Init init, Fans fans, RandomStream stream) {
    const double deviation = std::sqrt(variance(init, fans));
    Scalar* out = weight.mutable_data();
    for (Index i = 0; i < weight.elements(); ++i) {
        const auto index = static_cast<std::uint64_t>(i);
        out[i] = static_cast<Scalar>(is_uniform(init)
                                         ? deviation * std::sqrt(3.0) * (2 * random_uniform(stream, 0, index) - 1)
                                         : deviation * random_normal(stream, 0, index));
    }
}

}  // namespace normlab
