// Boost.JSON, compiled: the independent judge of what is JSON.
#include <boost/json/src.hpp>
