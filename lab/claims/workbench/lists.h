// Lists of numbers: what is made of one, and of two of the same length.
#pragma once

#include <vector>

namespace normlab {

double mean_of(const std::vector<double>& values);
double geometric_mean_of(const std::vector<double>& values);
double largest_of(const std::vector<double>& values);
double last_of(const std::vector<double>& values);

std::vector<double> minus(const std::vector<double>& a, const std::vector<double>& b);
std::vector<double> over(const std::vector<double>& a, const std::vector<double>& b);
std::vector<double> times(double factor, std::vector<double> a);
// Of several lists, place by place.
std::vector<double> least_of(const std::vector<std::vector<double>>& lists);
std::vector<double> most_of(const std::vector<std::vector<double>>& lists);

}  // namespace normlab
