"""Motion: what a dance is made of.

Conventions, stated once for the whole project:

- metres, seconds, Y up, right-handed; a dancer at rest faces +Z, so her left is +X;
- quaternions are wxyz, of unit length; `rotations` are local (joint in its parent's frame), the root's is in the world's;
- axis order B clips, T frames, J joints, 3;
- a joint's offset is where it sits in its parent's frame, so that position = parent position + parent rotation x offset;
- the floor is y = 0; fps is data, never a literal.
"""
