//! Every label and annotation that Outrigger reads or writes: its name, its parser, its documentation.
