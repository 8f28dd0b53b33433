// How good a model is on a set of images: loss, accuracy, and who is taken for whom.
#pragma once

#include "datasets/image_set.h"
#include "datasets/pixel_scale.h"
#include "framework/module.h"
#include "layers/running_statistics.h"

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

// Sets a model to train() and in the end everything back: the modes, and the running statistics that followed.
class TrainMode {
  public:
    explicit TrainMode(Module& root);
    ~TrainMode();
    TrainMode(const TrainMode&) = delete;
    TrainMode& operator=(const TrainMode&) = delete;

  private:
    Module& root_;
    bool before_;
    std::vector<std::pair<RunningStatistics*, RunningStatistics>> statistics_;
};

struct Evaluation {
    double loss = 0;      // mean cross-entropy
    double accuracy = 0;  // a fraction
    Index count = 0;
    Tensor logits;                 // (count, classes), in the set's order
    std::vector<Index> confusion;  // classes x classes: of the images of class i, how many were taken for class j
    Index taken_for(std::size_t truth, std::size_t predicted) const {
        return confusion[truth * static_cast<std::size_t>(logits.shape()[1]) + predicted];
    }
};

// Evaluates in eval() mode and leaves the modes as they were.
Evaluation evaluate(Module& model, const ImageSet& set, const PixelScale& scale, Index batch_size = 250);
// The same in the wrong way: as if eval() had been forgotten, with the batch's statistics and with dropout. The batches
// are mixed, and images that fill no whole one are left out: in a smaller batch they would fare otherwise.
Evaluation evaluate_in_train_mode(Module& model, const ImageSet& set, const PixelScale& scale, Index batch_size);

// Gives the model the images in the mode that it is in; `heard` is told what each module makes of its input.
void feed(Module& model, const ImageSet& images, const PixelScale& scale, Index batch_size,
          ForwardListener::Heard heard);

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
