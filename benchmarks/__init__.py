"""How fast ballo is, each figure beside a plain version of the same work measured in the same run: python -m benchmarks"""
