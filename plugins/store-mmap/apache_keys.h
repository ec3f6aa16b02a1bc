// Keys of Apache's MessageStoreConfig that are the store's, and that are no option of this one.
#pragma once

#include "kernel/api/options.h"

namespace gantry::store {

void declare_apache_keys(api::OptionSet& set);

}  // namespace gantry::store
