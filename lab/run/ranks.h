// The processes that `mpirun -n N normlab …` starts: ranks 0 to N - 1 of one program. Without mpirun there is one, and
// MPI is never begun; a program that was built without MPI says so when mpirun starts it.
#pragma once

#include "framework/collective.h"

namespace normlab {

// This program's. The first call begins MPI, which ends with the program.
Collective& ranks();

// Ends them all, wherever they are. The status is that of mpirun.
void end_all_ranks(int status);

// The threads that a rank computes with if nobody says how many: its share of the processors of its machine.
int threads_of_rank();

}  // namespace normlab
