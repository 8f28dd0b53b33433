// What bfloat16 would bring: the convolution's tile in float32 and with VDPBF16PS, and a norm's pass over memory with
// activations stored in either. docs/bfloat16.md says what follows.
//   g++ -O3 -std=c++20 -march=x86-64-v4 -mavx512bf16 -w docs/bfloat16.cpp -o bfloat16 && ./bfloat16
#include <immintrin.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

constexpr int kPixels = 14, kVectors = 2, kLanes = 16;

template <class Work>
double best_seconds(Work work) {
    double best = 1e9;
    for (int run = 0; run < 30; ++run) {
        const auto start = std::chrono::steady_clock::now();
        work();
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

// y[pixel][32 outputs] += sum over channels of x[pixel][channel] w[channel][32 outputs]; all sums stay in registers. In
// bfloat16 channels come in pairs: a lane multiplies two and adds both products.
template <class Weights, class X, class Add>
__attribute__((noinline)) void tile(const X* x, const Weights* w, float* y, int channels, Add add) {
    __m512 sums[kPixels][kVectors] = {};
    for (int c = 0; c < channels; ++c)
#pragma GCC unroll 14
        for (int p = 0; p < kPixels; ++p)
            for (int v = 0; v < kVectors; ++v) sums[p][v] = add(sums[p][v], x[p * channels + c], w[c * kVectors + v]);
    std::memcpy(y, sums, sizeof sums);
}

int main() {
    for (const int channels : {64, 144, 576}) {  // a patch of the kernel: 16 x 9 and 64 x 9
        static float x[kPixels * 576], y[kPixels * 32];
        static __m512 w[576 * kVectors];
        static std::int32_t pairs[kPixels * 288];
        static __m512bh weights[288 * kVectors];
        const int repeats = 20000;
        const double flops = 2.0 * repeats * channels * kPixels * kVectors * kLanes;
        const double single = best_seconds([&] {
            for (int i = 0; i < repeats; ++i)
                tile(x, w, y, channels, [](__m512 sum, float number, __m512 weight) {
                    return _mm512_fmadd_ps(_mm512_set1_ps(number), weight, sum);
                });
        });
        const double half = best_seconds([&] {
            for (int i = 0; i < repeats; ++i)
                tile(pairs, weights, y, channels / 2, [](__m512 sum, std::int32_t pair, __m512bh weight) {
                    return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(_mm512_set1_epi32(pair)), weight);
                });
        });
        std::printf("tile, %3d channels: float32 %4.0f GFLOP/s, bfloat16 %4.0f, %.2f times\n", channels,
                    flops / single / 1e9, flops / half / 1e9, single / half);
    }
    for (const std::size_t mib : {4, 128}) {  // within the third-level cache, and beyond it
        const std::size_t count = mib * 1024 * 1024 / sizeof(float);
        std::vector<float> x(count, 1.0f), y(count);
        std::vector<__m256bh> a(count / kLanes), b(count / kLanes);
        const __m512 scale = _mm512_set1_ps(1.5f), shift = _mm512_set1_ps(0.5f);
        const double single = best_seconds([&] {
            for (std::size_t i = 0; i < count; i += kLanes)
                _mm512_storeu_ps(
                    &y[i], _mm512_max_ps(_mm512_setzero_ps(), _mm512_fmadd_ps(_mm512_loadu_ps(&x[i]), scale, shift)));
        });
        const double half = best_seconds([&] {
            for (std::size_t i = 0; i < a.size(); ++i)
                b[i] = _mm512_cvtneps_pbh(
                    _mm512_max_ps(_mm512_setzero_ps(), _mm512_fmadd_ps(_mm512_cvtpbh_ps(a[i]), scale, shift)));
        });
        std::printf("normalize + ReLU, %3zu MiB in float32: float32 %6.2f ms, bfloat16 %6.2f ms, %.2f times\n", mib,
                    1e3 * single, 1e3 * half, single / half);
    }
}
