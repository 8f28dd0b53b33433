// How good a model is on a set of images: loss, accuracy, and who is taken for whom.
#pragma once

#include "datasets/image_set.h"
#include "datasets/pixel_scale.h"
#include "framework/module.h"

namespace normlab {

// Sets a model to eval() and in the end each of its modules to what it was. Frozen ones follow their parents.
class EvalMode {
  public:
    explicit EvalMode(Module& root);
    ~EvalMode();
    EvalMode(const EvalMode&) = delete;
    EvalMode& operator=(const EvalMode&) = delete;

  private:
    std::vector<std::pair<Module*, bool>> before_;
};

struct Evaluation {
    double loss = 0;      // mean cross-entropy
    double accuracy = 0;  // a fraction
    Index count = 0;
    Tensor logits;                  // (count, classes), in the set's order
    std::vector<Index> confusion;   // classes x classes: of the images of class i, how many were taken for class j
    Index taken_for(std::size_t truth, std::size_t predicted) const {
        return confusion[truth * static_cast<std::size_t>(logits.shape()[1]) + predicted];
    }
};

// Evaluates in eval() mode and leaves the modes as they were.
Evaluation evaluate(Module& model, const ImageSet& set, const PixelScale& scale, Index batch_size = 250);

// The class with the largest logit of one image; of equals the first.
int likeliest_class(const Tensor& logits, Index row);

// A mistake and how sure the model was of it.
struct Mistake {
    Index image;
    int truth, predicted;
    double confidence;  // softmax of the predicted class
};
std::vector<Mistake> most_confident_mistakes(const Evaluation& evaluation, const Labels& labels, std::size_t count);

}  // namespace normlab
