// How good a model is at each class, read off the confusion matrix of an evaluation, and how often the right class is
// at least among the likeliest few.
//
//   precision   of the images taken for the class, the share that is of it
//   recall      of the images of the class, the share taken for it: the accuracy on them
//   F1          the harmonic mean of both, 2 · right / (images + taken)
#pragma once

#include <optional>
#include <vector>

#include "framework/support/scalar.h"
#include "framework/tensor.h"
#include "lab/model/evaluation.h"

namespace normlab {

struct ClassScore {
    Index images = 0, taken = 0, right = 0;  // of the class, taken for it, and both
    std::size_t rival = 0;                   // what its images were taken for most often when it was something else
    Index taken_for_rival = 0;

    std::optional<double> precision() const { return share(right, taken); }  // empty: no image was taken for it
    std::optional<double> recall() const { return share(right, images); }    // empty: it has no image
    std::optional<double> f1() const { return share(2 * right, images + taken); }

  private:
    static std::optional<double> share(Index part, Index whole) {
        if (whole == 0) return std::nullopt;
        return static_cast<double>(part) / static_cast<double>(whole);
    }
};

// `confusion` is classes x classes: of the images of class i, how many were taken for class j.
std::vector<ClassScore> class_scores(const std::vector<Index>& confusion, std::size_t classes);

// The mean F1 over the classes that have one.
double macro_f1(const std::vector<ClassScore>& scores);

// The share of images whose class is among the five likeliest; of equal logits the class that comes first is likelier.
// Empty where there are no more than five classes.
std::optional<double> top5_accuracy(const Tensor& logits, const Labels& labels);

}  // namespace normlab
