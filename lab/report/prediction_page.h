// A page that shows images as a model was shown them, each with what it is taken for.
#pragma once

#include "lab/model/predict.h"

namespace normlab {

std::string prediction_page(const std::string& model_name, const std::vector<Prediction>& predictions);

}  // namespace normlab
