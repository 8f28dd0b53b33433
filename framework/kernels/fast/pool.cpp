// Pooling: the lanes are channels, a piece is a row of the output, or an image where rows of the input are written by
// several windows.
#include "framework/kernels/fast/fast.h"

namespace normlab::NORMLAB_ISA {
namespace {

// Integers in lanes as wide as the floating-point ones: what comparing two vectors yields.
using Whole = decltype(Vec{} > Vec{});
constexpr Index kGrain = 8192;

inline Vec choose(Whole condition, Vec yes, Vec no) {
    return condition ? yes : no;
}
inline Scalar choose(bool condition, Scalar yes, Scalar no) {
    return condition ? yes : no;
}
inline Whole choose(Whole condition, Index yes, Whole no) {
    using Lane = decltype(no[0] + 0);
    return condition ? (Whole{} + static_cast<Lane>(yes)) : no;
}
inline Index choose(bool condition, Index yes, Index no) {
    return condition ? yes : no;
}

template <class T>
struct PositionOf {
    using Type = Whole;
};
template <>
struct PositionOf<Scalar> {
    using Type = Index;
};

inline void store_positions(std::int32_t* to, Whole value) {
    for (Index lane = 0; lane < kLanes; ++lane) to[lane] = static_cast<std::int32_t>(value[lane]);
}
inline void store_positions(std::int32_t* to, Index value) {
    *to = static_cast<std::int32_t>(value);
}
inline Whole load_positions(Vec, const std::int32_t* from) {
    Whole value = {};
    for (Index lane = 0; lane < kLanes; ++lane) value[lane] = from[lane];
    return value;
}
inline Index load_positions(Scalar, const std::int32_t* from) {
    return *from;
}
inline Vec where_equal(Whole a, Index b, Vec yes) {
    using Lane = decltype(a[0] + 0);
    return (a == Whole{} + static_cast<Lane>(b)) ? yes : Vec{};
}
inline Scalar where_equal(Index a, Index b, Scalar yes) {
    return a == b ? yes : 0;
}

// The part of an axis that window `output` covers: taps begin..end of those at first + tap * dilation.
struct Span {
    Index first, begin, end;
    Span(Index output, Index stride, Index pad, Index dilation, Index taps, Index size) : first(output * stride - pad) {
        begin = first >= 0 ? 0 : smaller(taps, ceil_div(-first, dilation));
        end = larger(begin, smaller(taps, floor_div(size - 1 - first, dilation) + 1));
    }
};

Span rows_of(const PoolShape& s, Index p) {
    return Span(p, s.stride.h, s.pad.h, s.dilation.h, s.R, s.H);
}
Span cols_of(const PoolShape& s, Index q) {
    return Span(q, s.stride.w, s.pad.w, s.dilation.w, s.S, s.W);
}

// Calls work(position h*W + w) for the elements of the window that lie inside the image.
template <class Work>
inline void for_window(const PoolShape& s, const Span& rows, const Span& cols, const Work& work) {
    for (Index r = rows.begin; r < rows.end; ++r)
        for (Index t = cols.begin; t < cols.end; ++t)
            work((rows.first + r * s.dilation.h) * s.W + cols.first + t * s.dilation.w);
}

// What the mean of output (p,q) is divided by.
Scalar divided_by(const PoolShape& s, Divisor divisor, Index p, Index q) {
    if (divisor.fixed != 0) return static_cast<Scalar>(divisor.fixed);
    const Index top = p * s.stride.h - s.pad.h, left = q * s.stride.w - s.pad.w;
    const Index bottom = smaller(top + s.R, s.H + s.pad.h), right = smaller(left + s.S, s.W + s.pad.w);
    if (divisor.count_padding) return static_cast<Scalar>((bottom - top) * (right - left));
    return static_cast<Scalar>((smaller(bottom, s.H) - larger(top, 0)) * (smaller(right, s.W) - larger(left, 0)));
}

// Runs work(n, p) for each row of the output, several rows to a piece where they are short.
template <class Work>
void for_rows(const PoolShape& s, const Work& work) {
    parallel_range(s.N * s.P, larger(1, kGrain / (s.Q * s.C * s.R * s.S)), [&](Index begin, Index end) {
        for (Index row = begin; row < end; ++row) work(row / s.P, row % s.P);
    });
}
template <class Work>
void for_images(const PoolShape& s, const Work& work) {
    parallel_range(s.N, larger(1, kGrain / (s.H * s.W * s.C)), [&](Index begin, Index end) {
        for (Index n = begin; n < end; ++n) work(n);
    });
}

}  // namespace

void max_pool(const PoolShape& s, const Scalar* x, Scalar* y, std::int32_t* chosen) {
    const auto pool = [&](auto with_positions) {
        for_rows(s, [&](Index n, Index p) {
            const Span rows = rows_of(s, p);
            for (Index q = 0; q < s.Q; ++q) {
                const Span cols = cols_of(s, q);
                const Index out = ((n * s.P + p) * s.Q + q) * s.C;
                const Index start =
                    (rows.first + rows.begin * s.dilation.h) * s.W + cols.first + cols.begin * s.dilation.w;
                for_channels(s.C, [&](auto zero, Index c) {
                    using T = decltype(zero);
                    const Scalar* const image = x + n * s.H * s.W * s.C + c;
                    T best = load_as<T>(image + start * s.C);
                    auto where = typename PositionOf<T>::Type{} + static_cast<std::int32_t>(start);
                    for_window(s, rows, cols, [&](Index position) {
                        const T here = load_as<T>(image + position * s.C);
                        const auto better = (here > best) | (here != here);  // a NaN is a maximum
                        best = choose(better, here, best);
                        where = choose(better, position, where);
                    });
                    store_as(y + out + c, best);
                    if constexpr (with_positions) store_positions(chosen + out + c, where);
                });
            }
        });
    };
    chosen != nullptr ? pool(std::true_type{}) : pool(std::false_type{});
}

void max_pool_backward(const PoolShape& s, const Scalar* dy, const std::int32_t* chosen, Scalar* dx) {
    const bool apart = s.stride.h >= (s.R - 1) * s.dilation.h + 1 && s.stride.w >= (s.S - 1) * s.dilation.w + 1;
    const bool covered = apart && s.stride.h == s.R && s.stride.w == s.S && s.dilation == Pair(1) &&
                         s.P * s.R >= s.H + s.pad.h && s.Q * s.S >= s.W + s.pad.w;
    for_images(s, [&](Index n) {
        Scalar* const image = dx + n * s.H * s.W * s.C;
        if (!covered) clear(s.H * s.W * s.C, image);
        for (Index out = n * s.P * s.Q; out < (n + 1) * s.P * s.Q; ++out) {
            if (!apart) {  // windows overlap: an element may have been chosen before
                for (Index c = 0; c < s.C; ++c) image[chosen[out * s.C + c] * s.C + c] += dy[out * s.C + c];
                continue;
            }
            const Span rows = rows_of(s, out / s.Q % s.P), cols = cols_of(s, out % s.Q);
            for_channels(s.C, [&](auto zero, Index c) {
                const auto gradient = load_as<decltype(zero)>(dy + out * s.C + c);
                const auto where = load_positions(zero, chosen + out * s.C + c);
                for_window(s, rows, cols, [&](Index position) {
                    store_as(image + position * s.C + c, where_equal(where, position, gradient));
                });
            });
        }
    });
}

void avg_pool(const PoolShape& s, Divisor divisor, const Scalar* x, Scalar* y) {
    for_rows(s, [&](Index n, Index p) {
        const Span rows = rows_of(s, p);
        for (Index q = 0; q < s.Q; ++q) {
            const Span cols = cols_of(s, q);
            const Scalar count = divided_by(s, divisor, p, q);
            for_channels(s.C, [&](auto zero, Index c) {
                auto sum = zero;
                for_window(s, rows, cols, [&](Index position) {
                    sum += load_as<decltype(zero)>(x + (n * s.H * s.W + position) * s.C + c);
                });
                store_as(y + ((n * s.P + p) * s.Q + q) * s.C + c, sum / count);
            });
        }
    });
}

void avg_pool_backward(const PoolShape& s, Divisor divisor, const Scalar* dy, Scalar* dx) {
    for_images(s, [&](Index n) {
        Scalar* const image = dx + n * s.H * s.W * s.C;
        clear(s.H * s.W * s.C, image);
        for (Index p = 0; p < s.P; ++p)
            for (Index q = 0; q < s.Q; ++q) {
                const Span rows = rows_of(s, p), cols = cols_of(s, q);
                const Scalar count = divided_by(s, divisor, p, q);
                for_channels(s.C, [&](auto zero, Index c) {
                    using T = decltype(zero);
                    const T share = load_as<T>(dy + ((n * s.P + p) * s.Q + q) * s.C + c) / count;
                    for_window(s, rows, cols, [&](Index position) {
                        Scalar* const to = image + position * s.C + c;
                        store_as(to, load_as<T>(to) + share);
                    });
                });
            }
    });
}

}  // namespace normlab::NORMLAB_ISA
