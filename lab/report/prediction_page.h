// A page of images as the model saw them, each with what the model takes it for.
#pragma once

#include "lab/model/predict.h"

namespace normlab {

std::string prediction_page(const std::string& model_name, const std::vector<Prediction>& predictions);

}  // namespace normlab
