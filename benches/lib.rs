//! Placeholder of the manifest; removed once the first file is here.
