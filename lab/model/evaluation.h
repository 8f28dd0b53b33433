// How good a model is on a set of images: loss, accuracy, and which classes are mistaken for which.
#pragma once

#include "datasets/image_set.h"
#include "datasets/pixel_scale.h"
#include "framework/module.h"
#include "lab/model/model_file.h"
#include "layers/running_statistics.h"

namespace normlab {

// Sets a model to eval(), and at the end restores each of its modules. Frozen ones follow their parents.
class EvalMode {
  public:
    explicit EvalMode(Module& root);
    ~EvalMode();
    EvalMode(const EvalMode&) = delete;
    EvalMode& operator=(const EvalMode&) = delete;

  private:
    std::vector<std::pair<Module*, bool>> before_;
};

// Sets a model to train(), and at the end restores everything: modes and running statistics.
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

inline constexpr Index kTestBatch = 250;

// Evaluates in eval() mode and leaves the modes as they were.
Evaluation evaluate(Module& model, const ImageSet& set, const PixelScale& scale, Index batch_size = kTestBatch);
// As the model's config wants it: with data.test_flip, the logits are the mean of those for each image and for its
// mirror image. All ranks have the same result.
Evaluation evaluate(const Model& model, const ImageSet& set, Index batch_size = kTestBatch,
                    Collective& ranks = alone());
// The same done wrong: as if eval() had been forgotten, with the batch's statistics and with dropout. The images are
// shuffled, and those that do not fill a batch are left out, as statistics of a smaller batch would differ.
Evaluation evaluate_in_train_mode(Module& model, const ImageSet& set, const PixelScale& scale, Index batch_size);

// Runs the model on the images in its current mode; `heard` is called with the input and output of each module.
void feed(Module& model, const ImageSet& images, const PixelScale& scale, Index batch_size,
          ForwardListener::Heard heard);

// The class with the largest logit of one image; the first of equals.
int likeliest_class(const Tensor& logits, Index row);

// A mistake and how sure the model was of it.
struct Mistake {
    Index image;
    int truth, predicted;
    double confidence;  // softmax of the predicted class
};
std::vector<Mistake> most_confident_mistakes(const Evaluation& evaluation, const Labels& labels, std::size_t count);

}  // namespace normlab
