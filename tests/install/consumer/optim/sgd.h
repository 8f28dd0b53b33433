// The user's own, in a folder and with a name of Normlab's.
#pragma once

inline constexpr double kOwnRate = 0.05;
