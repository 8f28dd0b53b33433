// All layers and models.
#pragma once

#include "layers/activations.h"
#include "layers/batch_norm2d.h"
#include "layers/containers.h"
#include "layers/conv2d.h"
#include "layers/dropout.h"
#include "layers/factory.h"
#include "layers/group_norm.h"
#include "layers/init.h"
#include "layers/instance_norm2d.h"
#include "layers/layer_norm.h"
#include "layers/linear.h"
#include "layers/models/models.h"
#include "layers/norm.h"
#include "layers/pool2d.h"
#include "layers/rms_norm.h"
