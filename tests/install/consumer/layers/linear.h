// Nobody means this one.
#error "a header of the user's was taken for Normlab's"
