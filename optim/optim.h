// All of optim/: optimizers, gradient clipping and learning rate schedules.
#pragma once

#include "optim/adam.h"
#include "optim/clip.h"
#include "optim/schedule.h"
#include "optim/sgd.h"
