// Curves that many pictures have.
#pragma once

#include "lab/claims/workbench/picture.h"
#include "lab/claims/workbench/tensors.h"

namespace normlab {

// What a norm is called in pictures, and its colour; others are called as a config calls them.
Words title_of(const std::string& norm);
int colour_of(const std::string& norm);

Plot::Curve theory(Words name, std::vector<double> x, std::vector<double> y);  // dashed
Plot::Curve bars(Words name, const Histogram& counts, int colour);
Plot::Curve points(Plot::Curve curve);                          // without a line through them
std::vector<double> count_up(double first, std::size_t count);  // first, first + 1, …

}  // namespace normlab
