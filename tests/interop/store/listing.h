// Everything that a store holds, as text that StoreReader.java writes too, of what Apache's client reads from
// Apache's broker. README.md in the folder above has the format.
#pragma once

#include "tests/interop/store/open_store.h"

#include <iosfwd>

namespace gantry::interop {

// All topics, queues and messages.
void list(OpenStore& store, std::ostream& out);

// Each line of `questions`, followed by ": " and the answer. Throws on a line that is no question.
void answer(OpenStore& store, std::istream& questions, std::ostream& out);

}  // namespace gantry::interop
