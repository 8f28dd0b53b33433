#include "layers/init.h"

#include <algorithm>
#include <cmath>

namespace normlab {
namespace {

double deviation(const Init& init, Fans fans) {
    switch (init.type) {
        case Init::standard:
        case Init::dirac: return init.gain * std::sqrt(1 / (3 * fans.in));  // of a uniform number within ±1/√fan_in
        case Init::kaiming_uniform:
        case Init::kaiming_normal: return init.gain * std::sqrt(2 / fans.in);
        case Init::kaiming_normal_fan_out: return init.gain * std::sqrt(2 / fans.out);
        case Init::xavier_uniform:
        case Init::xavier_normal: return init.gain * std::sqrt(2 / (fans.in + fans.out));
        case Init::normal: return init.std;
    }
    return 0;
}

bool is_uniform(Init::Type type) {
    return type == Init::standard || type == Init::dirac || type == Init::kaiming_uniform ||
           type == Init::xavier_uniform;
}

}  // namespace

void draw(Tensor& weight, const Init& init, Fans fans, RandomStream stream) {
    const double spread = deviation(init, fans);
    Scalar* out = weight.mutable_data();
    for (Index i = 0; i < weight.elements(); ++i) {
        const auto index = static_cast<std::uint64_t>(i);
        out[i] = static_cast<Scalar>(is_uniform(init.type)
                                         ? spread * std::sqrt(3.0) * (2 * random_uniform(stream, 0, index) - 1)
                                         : spread * random_normal(stream, 0, index));
    }
}

void copy_inputs(Tensor& weight, Index groups, double gain) {
    const Index K = weight.shape()[0] / groups, C = weight.shape()[1], R = weight.shape()[2], S = weight.shape()[3];
    const Index kernel = C * R * S, centre = (R / 2 * S + S / 2) * C;  // channels-last
    for (Index k = 0; k < weight.shape()[0]; ++k) {
        const Index c = k % K;
        if (c >= C) continue;
        Scalar* const of_k = weight.mutable_data() + k * kernel;
        std::fill_n(of_k, kernel, Scalar{0});
        of_k[centre + c] = static_cast<Scalar>(gain);
    }
}

}  // namespace normlab
