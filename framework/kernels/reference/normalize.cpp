#include "framework/kernels/reference/reference.h"

namespace normlab::reference {
namespace {

// dy[at], or 0 where the gate is closed; j is the place of the coefficients.
Scalar through(ReluGate gate, const Scalar* x, const Scalar* dy, const Scalar* center, Index at, Index j) {
    const bool open = gate.scale == nullptr || (x[at] - center[j]) * gate.scale[j] + gate.shift[j] > 0;
    return open ? dy[at] : 0;
}

}  // namespace

// Counted from the first number on: where all numbers are equal, the deviations are 0 to the last bit.
void moments(const NormShape& s, const Scalar* x, double* mean, double* m2) {
    for (Index n = 0; n < s.N; ++n)
        for (Index c = 0; c < s.C; ++c) {
            const Scalar* first = x + n * s.pixels * s.C + c;
            double sum = 0;
            for (Index i = 0; i < s.pixels; ++i) sum += double{first[i * s.C]} - double{*first};
            const double average = double{*first} + sum / static_cast<double>(s.pixels);
            double squares = 0;
            for (Index i = 0; i < s.pixels; ++i) {
                const double deviation = first[i * s.C] - average;
                squares += deviation * deviation;
            }
            mean[n * s.C + c] = average;
            m2[n * s.C + c] = squares;
        }
}

void normalize(const NormShape& s, const Scalar* x, const Scalar* center, const Scalar* scale, const Scalar* shift,
               EpilogueView epilogue, Scalar* y) {
    for (Index n = 0; n < s.N; ++n)
        for (Index i = n * s.pixels; i < (n + 1) * s.pixels; ++i)
            for (Index c = 0; c < s.C; ++c) {
                const Index j = n / s.images_per_row * s.C + c;
                Scalar result = (x[i * s.C + c] - center[j]) * scale[j] + shift[j];
                if (epilogue.residual != nullptr) result += epilogue.residual[i * s.C + c];
                y[i * s.C + c] = epilogue.relu && result < 0 ? 0 : result;
            }
}

void normalize_sums(const NormShape& s, const Scalar* x, const Scalar* dy, const Scalar* center, ReluGate gate,
                    Scalar* sum_dy, Scalar* sum_dy_x) {
    for (Index n = 0; n < s.N; ++n)
        for (Index c = 0; c < s.C; ++c) {
            double sum = 0, product = 0;
            for (Index i = n * s.pixels; i < (n + 1) * s.pixels; ++i) {
                const Index j = n / s.images_per_row * s.C + c;
                const double gradient = through(gate, x, dy, center, i * s.C + c, j);
                sum += gradient;
                product += gradient * (x[i * s.C + c] - center[j]);
            }
            sum_dy[n * s.C + c] = static_cast<Scalar>(sum);
            sum_dy_x[n * s.C + c] = static_cast<Scalar>(product);
        }
}

void normalize_backward(const NormShape& s, const Scalar* x, const Scalar* dy, const Scalar* center, ReluGate gate,
                        const Scalar* a, const Scalar* b, const Scalar* c, Scalar* dx) {
    for (Index n = 0; n < s.N; ++n)
        for (Index i = n * s.pixels; i < (n + 1) * s.pixels; ++i)
            for (Index channel = 0; channel < s.C; ++channel) {
                const Index j = n / s.images_per_row * s.C + channel, at = i * s.C + channel;
                dx[at] = a[j] * through(gate, x, dy, center, at, j) + b[j] * (x[at] - center[j]) + c[j];
            }
}

}  // namespace normlab::reference
