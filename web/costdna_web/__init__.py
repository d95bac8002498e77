"""The page: Panel views over the core. Imports `costdna`, panel, bokeh and (in the page) js; never the companion."""
