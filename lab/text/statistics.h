// What a few repetitions say about a mean. Everything here assumes that the numbers are drawn from normal
// distributions; the standard deviation is the sample's, with n - 1.
//
//   interval of a mean    mean ± t·s/√n, t from Student's distribution with n - 1 degrees of freedom (Student 1908)
//   paired difference     that of the differences a[i] - b[i]: what a[i] and b[i] have in common cancels out
//   Welch's difference    for samples that do not pair: s² = s_a²/n_a + s_b²/n_b, with the degrees of freedom of
//                         Welch (1947)
#pragma once

#include <optional>
#include <vector>

namespace normlab {

// The regularized incomplete beta function I_x(a, b), from which Student's distribution follows.
double incomplete_beta(double a, double b, double x);
// P(T <= t), and the t with P(|T| <= t) = confidence, which is above 0 and below 1.
double student_cdf(double t, double degrees);
double student_two_sided(double confidence, double degrees);

struct Sample {
    std::size_t count = 0;
    double mean = 0;
    std::optional<double> deviation;  // of two values and more
};
Sample sample_of(const std::vector<double>& values);

double median_of(std::vector<double> numbers);

// How far the mean of the sample may be from the true one, either way; one value says nothing about that.
std::optional<double> margin(const Sample& sample, double confidence = 0.95);

// mean(a) - mean(b), and whether more than chance is needed to explain it.
struct Difference {
    double mean = 0;
    double standard_error = 0;
    double degrees = 0;
    bool paired = false;

    double p() const;                        // that chance alone makes a difference this large, either way; 1
                                             // where nothing varies, as the values then say nothing of chance
    double margin(double confidence) const;  // how far it may be from the true one
};
// The p-values of several tests, adjusted so that calling each significant below 0.05 makes one or more false calls
// with a probability of at most 0.05 (Holm 1979).
std::vector<double> holm(const std::vector<double>& p);

// Samples of the same size, at least two, whose values pair by position.
Difference paired_difference(const std::vector<double>& a, const std::vector<double>& b);
// Samples of at least two values each.
Difference welch_difference(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace normlab
