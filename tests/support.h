// What many tests need: numbers to try things with, and how far two tensors are apart.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "framework/support/error.h"
#include "framework/support/random.h"
#include "framework/tensor.h"

namespace normlab::test {

// Normally distributed numbers, the same for each (shape, seed).
inline Tensor noise(const Shape& shape, std::uint64_t seed, double mean = 0, double deviation = 1) {
    std::vector<Scalar> values(static_cast<std::size_t>(shape.elements()));
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<Scalar>(mean + deviation * random_normal({seed, 7}, 0, i));
    return Tensor::of(shape, values);
}

// What rounding leaves between two ways to compute the same.
inline constexpr double kClose = sizeof(Scalar) == 4 ? 1e-5 : 1e-12;

// ‖a − b‖ / ‖b‖, in double; the norm of a where b is zero.
inline double relative_error(const std::vector<Scalar>& a, const std::vector<Scalar>& b) {
    if (a.size() != b.size()) return INFINITY;
    double difference = 0, size = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference += (double{a[i]} - double{b[i]}) * (double{a[i]} - double{b[i]});
        size += double{b[i]} * double{b[i]};
    }
    return std::sqrt(difference) / (size > 0 ? std::sqrt(size) : 1);
}
inline double relative_error(const Tensor& a, const Tensor& b) {
    return a.shape() == b.shape() ? relative_error(a.values(), b.values()) : INFINITY;
}

// |a − b| / |b| is at most that.
inline bool near(double a, double b, double relative) {
    return std::abs(a - b) <= relative * std::abs(b);
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}
inline bool same_bits(const Tensor& a, const Tensor& b) {
    return a.shape() == b.shape() && a.values() == b.values();
}

// The text of the Error that `work` throws; empty if it throws none.
template <class Work>
std::string error_of(const Work& work) {
    try {
        work();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

inline std::string big_endian(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xFF);
    return bytes;
}

}  // namespace normlab::test
