// Each connection is an open file, and two servers share what one process may have.
#pragma once

#include <cstddef>

namespace gantry::cli {

// How many connections each of two servers can hold, at most `wanted`: half of what the system lets this
// process have, files of the store aside.
std::size_t connections_of_each(std::size_t wanted);

// Lets the process have that many connections, as far as it may. At start-up.
void make_room_for_connections(std::size_t count);

}  // namespace gantry::cli
